package ecs

// Parts that the sentences of many events share.
const (
	aProcess  = `{process.name|~process.executable|'an unknown process'}`
	aFile     = `{~file.path|file.name|'an unknown file'}`
	anAccount = `{user.domain\user.name|user.id|'an unknown account'}`
	aUser     = `{user.domain\user.name|'an unknown account'}` // where user.id is not the SID of who acted
	// anActor is who acted: the process if the event names one, or else its account.
	anActor     = `{process.name|~process.executable|user.domain\user.name|user.id|'an unknown process'}`
	aMarkedFile = `{-~file.path|'an unknown file'}`
	anObject    = `[?@ObjectType=Process?[{~@ObjectName}|an unknown process]|?@ObjectType=Key?[the registry key ` +
		`{~@ObjectName}|an unknown registry key]|[{~@ObjectName}[ ({@ObjectType})]|an unknown object[ ({@ObjectType})]]]`
	// aDirectoryObject is an object of the directory (4662) by its class, of which Windows logs the schema's GUID.
	aDirectoryObject = `[?@ObjectType~bf967a86-,computer?a computer account` +
		`|?@ObjectType~bf967aba-,user?a user account|?@ObjectType~bf967a9c-,group?a group` +
		`|?@ObjectType~19195a5b-,domainDNS?the domain` +
		`|?@ObjectType~bf967aa5-,organizationalUnit?an organizational unit` +
		`|?@ObjectType~f30e3bc2-,groupPolicyContainer?a group policy` +
		`|?@ObjectType~7b8b558a-,ManagedServiceAccount?a service account` +
		`|?@ObjectType~bf967aae-,secret?a secret|?@ObjectType~bf967ab8-,trustedDomain?a trust` +
		`|?@ObjectServer=DS?an object of the directory|` + anObject + `]`
	// theReplication are the rights to copy the directory, whichever of its partitions: DS-Replication-Get-Changes
	// and its variants.
	theReplication = `?@Properties~1131f6aa-,1131f6ad-,89e95b76-?`
	// byItsAccount is the account of anActor, unless that is the account itself.
	byItsAccount = `[{!process.name|!process.executable} ({user.domain\user.name})]`
	byAccount    = `[ ({user.domain\user.name})]`
	inProcess    = `[ with {process.name|~process.executable}]`
	fromIP       = `[ from {source.ip}]`

	// theWay is how somebody logged on. NetworkCleartext says that Windows got the password, not that it crossed
	// the network in clear text.
	theWay = `[?winlog.logon.type=Network? over the network|?winlog.logon.type=RemoteInteractive? over Remote Desktop` +
		`|?winlog.logon.type=NetworkCleartext? over the network ({winlog.logon.type})` +
		`|?winlog.logon.type=NewCredentials? with other credentials for the network|[ ({winlog.logon.type})]]`

	theTarget   = `[the user account {user.target.domain\user.target.name|user.target.id}|an unknown user account]`
	theComputer = `[the computer account {winlog.computerObject.domain\winlog.computerObject.name` +
		`|winlog.computerObject.id}|an unknown computer account]`
	aMember    = `[{user.target.name|@MemberSid}|an unknown member]`
	theTask    = `[the scheduled task {winlog.scheduled_task.name}|an unknown scheduled task]`
	theService = `[the service {service.name}|an unknown service]`
	theShare   = `[the share {@ShareName}|an unknown share]`
	theThreat  = `{threat.indicator.name|'an unknown threat'}`
	theImage   = `[the disk image {~file.path}|an unknown disk image]`
	aRegistry  = `{~registry.path|'of an unknown name'}`
)

// theGroup names the group of an event by its kind: "local group".
func theGroup(kind string) string {
	return `[the ` + kind + ` {group.domain\group.name|group.id}|an unknown ` + kind + `]`
}

// theWMI says what happened to a part of a WMI subscription (Sysmon 19 to 21).
func theWMI(what string) string {
	return aUser + ` [?@Operation=Created?created|?@Operation=Deleted?deleted|?@Operation=Modified?changed|changed] ` +
		what
}
