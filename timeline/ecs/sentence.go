package ecs

// The parts that the sentences of many events have in common.
const (
	aProcess  = `{process.name|~process.executable|'an unknown process'}`
	aFile     = `{~file.path|file.name|'an unknown file'}`
	anAccount = `{user.domain\user.name|user.id|'an unknown account'}`
	aUser     = `{user.domain\user.name|'an unknown account'}` // where user.id is not the SID of who acted
	// anActor is who acted: the process where the event names one, else its account.
	anActor     = `{process.name|~process.executable|user.domain\user.name|user.id|'an unknown process'}`
	aMarkedFile = `{-~file.path|'an unknown file'}`
	anObject    = `[{~@ObjectName}[ ({@ObjectType})]|an unknown object[ ({@ObjectType})]]`
	// byItsAccount is the account of anActor, unless that is the account itself.
	byItsAccount = `[{!process.name|!process.executable} ({user.domain\user.name})]`
	byAccount    = `[ ({user.domain\user.name})]`
	inProcess    = `[ with {process.name|~process.executable}]`
	fromIP       = `[ from {source.ip}]`

	theTarget   = `[the user account {user.target.domain\user.target.name|user.target.id}|an unknown user account]`
	theComputer = `[the computer account {winlog.computerObject.domain\winlog.computerObject.name|winlog.computerObject.id}|an unknown computer account]`
	aMember     = `[{user.target.name|@MemberSid}|an unknown member]`
	theTask     = `[the scheduled task {winlog.scheduled_task.name}|an unknown scheduled task]`
	theService  = `[the service {service.name}|an unknown service]`
	theShare    = `[the share {@ShareName}|an unknown share]`
	theThreat   = `{threat.indicator.name|'an unknown threat'}`
	aRegistry   = `{~registry.path|'of an unknown name'}`
)

// theGroup names the group of an event by its kind: "local group".
func theGroup(kind string) string {
	return `[the ` + kind + ` {group.domain\group.name|group.id}|an unknown ` + kind + `]`
}

// theWMI tells what became of a part of a WMI subscription (Sysmon 19 to 21).
func theWMI(what string) string {
	return aUser + ` [?@Operation=Created?created|?@Operation=Deleted?deleted|?@Operation=Modified?changed|changed] ` +
		what
}
