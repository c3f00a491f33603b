//nolint:misspell // the words of Windows and Elastic, as they spell them
package code

// Words for the codes of Security events. Sources: Microsoft's documentation of
// the events named; the words are the ones that Elastic's mapping gives, since
// rules compare with them.

// LogonTypes are the words for LogonType (4624).
var LogonTypes = New(map[string]string{
	"2": "Interactive", "3": "Network", "4": "Batch", "5": "Service", "7": "Unlock", "8": "NetworkCleartext",
	"9": "NewCredentials", "10": "RemoteInteractive", "11": "CachedInteractive",
})

// LogonStatus are the words for Status and SubStatus (4625, 4776): NTSTATUS values.
var LogonStatus = New(map[string]string{
	"0x0":        "Status OK.",
	"0xc000005e": "There are currently no logon servers available to service the logon request.",
	"0xc0000064": "User logon with misspelled or bad user account",
	"0xc000006a": "User logon with misspelled or bad password",
	"0xc000006d": "This is either due to a bad username or authentication information",
	"0xc000006e": "Unknown user name or bad password.",
	"0xc000006f": "User logon outside authorized hours",
	"0xc0000070": "User logon from unauthorized workstation",
	"0xc0000071": "User logon with expired password",
	"0xc0000072": "User logon to account disabled by administrator",
	"0xc00000dc": "Indicates the Sam Server was in the wrong state to perform the desired operation.",
	"0xc0000133": "Clocks between DC and other computer too far out of sync",
	"0xc000015b": "The user has not been granted the requested logon type (aka logon right) at this machine",
	"0xc000018c": "The logon request failed because the trust relationship between the primary domain and the " +
		"trusted domain failed.",
	"0xc0000192": "An attempt was made to logon, but the Netlogon service was not started.",
	"0xc0000193": "User logon with expired account",
	"0xc0000224": "User is required to change password at next logon",
	"0xc0000225": "Evidently a bug in Windows and not a risk",
	"0xc0000234": "User logon with account locked",
	"0xc00002ee": "Failure Reason: An Error occurred during Logon",
	"0xc0000371": "The local account store does not contain secret material for the specified account",
	"0xc0000413": "Logon Failure: The machine you are logging onto is protected by an authentication firewall. " +
		"The specified account is not allowed to authenticate to the machine.",
})

// KerberosStatus are the words for Status (4768, 4769, 4771). Source also: RFC 4120, section 7.5.9.
var KerberosStatus = New(map[string]string{
	"0x0": "KDC_ERR_NONE", "0x1": "KDC_ERR_NAME_EXP", "0x2": "KDC_ERR_SERVICE_EXP", "0x3": "KDC_ERR_BAD_PVNO",
	"0x4": "KDC_ERR_C_OLD_MAST_KVNO", "0x5": "KDC_ERR_S_OLD_MAST_KVNO", "0x6": "KDC_ERR_C_PRINCIPAL_UNKNOWN",
	"0x7": "KDC_ERR_S_PRINCIPAL_UNKNOWN", "0x8": "KDC_ERR_PRINCIPAL_NOT_UNIQUE", "0x9": "KDC_ERR_NULL_KEY",
	"0xa": "KDC_ERR_CANNOT_POSTDATE", "0xb": "KDC_ERR_NEVER_VALID", "0xc": "KDC_ERR_POLICY",
	"0xd": "KDC_ERR_BADOPTION",
	"0xe": "KDC_ERR_ETYPE_NOTSUPP", "0xf": "KDC_ERR_SUMTYPE_NOSUPP", "0x10": "KDC_ERR_PADATA_TYPE_NOSUPP",
	"0x11": "KDC_ERR_TRTYPE_NO_SUPP", "0x12": "KDC_ERR_CLIENT_REVOKED", "0x13": "KDC_ERR_SERVICE_REVOKED",
	"0x14": "KDC_ERR_TGT_REVOKED", "0x15": "KDC_ERR_CLIENT_NOTYET", "0x16": "KDC_ERR_SERVICE_NOTYET",
	"0x17": "KDC_ERR_KEY_EXPIRED", "0x18": "KDC_ERR_PREAUTH_FAILED", "0x19": "KDC_ERR_PREAUTH_REQUIRED",
	"0x1a": "KDC_ERR_SERVER_NOMATCH", "0x1b": "KDC_ERR_MUST_USE_USER2USER", "0x1f": "KRB_AP_ERR_BAD_INTEGRITY",
	"0x20": "KRB_AP_ERR_TKT_EXPIRED", "0x21": "KRB_AP_ERR_TKT_NYV", "0x22": "KRB_AP_ERR_REPEAT",
	"0x23": "KRB_AP_ERR_NOT_US",
	"0x24": "KRB_AP_ERR_BADMATCH", "0x25": "KRB_AP_ERR_SKEW", "0x26": "KRB_AP_ERR_BADADDR",
	"0x27": "KRB_AP_ERR_BADVERSION",
	"0x28": "KRB_AP_ERR_MSG_TYPE", "0x29": "KRB_AP_ERR_MODIFIED", "0x2a": "KRB_AP_ERR_BADORDER",
	"0x2c": "KRB_AP_ERR_BADKEYVER",
	"0x2d": "KRB_AP_ERR_NOKEY", "0x2e": "KRB_AP_ERR_MUT_FAIL", "0x2f": "KRB_AP_ERR_BADDIRECTION",
	"0x30": "KRB_AP_ERR_METHOD",
	"0x31": "KRB_AP_ERR_BADSEQ", "0x32": "KRB_AP_ERR_INAPP_CKSUM", "0x33": "KRB_AP_PATH_NOT_ACCEPTED",
	"0x34": "KRB_ERR_RESPONSE_TOO_BIG", "0x3c": "KRB_ERR_GENERIC", "0x3d": "KRB_ERR_FIELD_TOOLONG",
	"0x3e": "KDC_ERR_CLIENT_NOT_TRUSTED", "0x3f": "KDC_ERR_KDC_NOT_TRUSTED", "0x40": "KDC_ERR_INVALID_SIG",
	"0x41": "KDC_ERR_KEY_TOO_WEAK", "0x42": "KRB_AP_ERR_USER_TO_USER_REQUIRED",
	"0x43": "KRB_AP_ERR_NO_TGT", "0x44": "KDC_ERR_WRONG_REALM",
})

// TicketOptions are the words for the bits of TicketOptions (4768). Source also: RFC 4120, section 5.4.1.
var TicketOptions = &Table{flags: []flag{
	{0x40000000, "Forwardable"}, {0x20000000, "Forwarded"}, {0x10000000, "Proxiable"}, {0x08000000, "Proxy"},
	{0x04000000, "Allow-postdate"}, {0x02000000, "Postdated"}, {0x01000000, "Invalid"}, {0x00800000, "Renewable"},
	{0x00400000, "Initial"}, {0x00200000, "Pre-authent"}, {0x00100000, "Opt-hardware-auth"},
	{0x00080000, "Transited-policy-checked"},
	{0x00040000, "Ok-as-delegate"}, {0x00020000, "Request-anonymous"}, {0x00010000, "Name-canonicalize"},
	{0x00000020, "Disable-transited-check"},
	{0x00000010, "Renewable-ok"}, {0x00000008, "Enc-tkt-in-skey"}, {0x00000002, "Renew"}, {0x00000001, "Validate"},
}}

// TicketEncryption are the words for TicketEncryptionType (4768).
var TicketEncryption = New(map[string]string{
	"0x1": "DES-CBC-CRC", "0x3": "DES-CBC-MD5", "0x11": "AES128-CTS-HMAC-SHA1-96", "0x12": "AES256-CTS-HMAC-SHA1-96",
	"0x17": "RC4-HMAC", "0x18": "RC4-HMAC-EXP", "0xffffffff": "FAIL",
})

// ServiceTypes are the words for ServiceType (4697); System 7045 writes words already.
var ServiceTypes = New(map[string]string{
	"0x1": "Kernel Driver", "0x2": "File System Driver", "0x8": "Recognizer Driver", "0x10": "Win32 Own Process",
	"0x20": "Win32 Share Process", "0x110": "Interactive Own Process", "0x120": "Interactive Share Process",
})

// AccountControl are the words for the bits of NewUacValue (4720, 4738, 4741). Source: MS-SAMR 2.2.1.12.
var AccountControl = &Table{flags: []flag{
	{0x1, "USER_ACCOUNT_DISABLED"}, {0x2, "USER_HOME_DIRECTORY_REQUIRED"}, {0x4, "USER_PASSWORD_NOT_REQUIRED"},
	{0x8, "USER_TEMP_DUPLICATE_ACCOUNT"}, {0x10, "USER_NORMAL_ACCOUNT"}, {0x20, "USER_MNS_LOGON_ACCOUNT"},
	{0x40, "USER_INTERDOMAIN_TRUST_ACCOUNT"}, {0x80, "USER_WORKSTATION_TRUST_ACCOUNT"},
	{0x100, "USER_SERVER_TRUST_ACCOUNT"},
	{0x200, "USER_DONT_EXPIRE_PASSWORD"}, {0x400, "USER_ACCOUNT_AUTO_LOCKED"},
	{0x800, "USER_ENCRYPTED_TEXT_PASSWORD_ALLOWED"},
	{0x1000, "USER_SMARTCARD_REQUIRED"}, {0x2000, "USER_TRUSTED_FOR_DELEGATION"}, {0x4000, "USER_NOT_DELEGATED"},
	{0x8000, "USER_USE_DES_KEY_ONLY"}, {0x10000, "USER_DONT_REQUIRE_PREAUTH"}, {0x20000, "USER_PASSWORD_EXPIRED"},
	{0x40000, "USER_TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION"}, {0x80000, "USER_NO_AUTH_DATA_REQUIRED"},
	{0x100000, "USER_PARTIAL_SECRETS_ACCOUNT"}, {0x200000, "USER_USE_AES_KEYS"},
}}

// The words for domain trusts (4706).
var (
	TrustTypes = New(map[string]string{
		"1": "TRUST_TYPE_DOWNLEVEL", "2": "TRUST_TYPE_UPLEVEL", "3": "TRUST_TYPE_MIT", "4": "TRUST_TYPE_DCE",
	})
	TrustDirections = New(map[string]string{
		"0": "TRUST_DIRECTION_DISABLED", "1": "TRUST_DIRECTION_INBOUND", "2": "TRUST_DIRECTION_OUTBOUND",
		"3": "TRUST_DIRECTION_BIDIRECTIONAL",
	})
	TrustAttributes = New(map[string]string{
		"0": "UNDEFINED", "1": "TRUST_ATTRIBUTE_NON_TRANSITIVE", "2": "TRUST_ATTRIBUTE_UPLEVEL_ONLY",
		"4": "TRUST_ATTRIBUTE_QUARANTINED_DOMAIN", "8": "TRUST_ATTRIBUTE_FOREST_TRANSITIVE",
		"16": "TRUST_ATTRIBUTE_CROSS_ORGANIZATION",
		"32": "TRUST_ATTRIBUTE_WITHIN_FOREST", "64": "TRUST_ATTRIBUTE_TREAT_AS_EXTERNAL",
		"128": "TRUST_ATTRIBUTE_USES_RC4_ENCRYPTION",
		"512": "TRUST_ATTRIBUTE_CROSS_ORGANIZATION_NO_TGT_DELEGATION", "1024": "TRUST_ATTRIBUTE_PIM_TRUST",
	})
)

// The words for connections of the filtering platform (5156). Source also: IANA protocol numbers.
var (
	Transports = New(map[string]string{
		"1": "icmp", "2": "igmp", "6": "tcp", "17": "udp", "41": "ipv6", "47": "gre", "50": "esp",
		"51": "ah", "58": "ipv6-icmp",
	})
	FirewallDirections = New(map[string]string{"14592": "ingress", "14593": "egress"})
)

// AccessMask are the words for the bits of an access mask, in directory terms. Source: MS-ADTS 5.1.3.2.
var AccessMask = &Table{flags: []flag{
	{0x1, "Create Child"}, {0x2, "Delete Child"}, {0x4, "List Contents"}, {0x8, "SELF"}, {0x10, "Read Property"},
	{0x20, "Write Property"}, {0x40, "Delete Tree"}, {0x80, "List Object"}, {0x100, "Control Access"},
	{0x10000, "DELETE"}, {0x20000, "READ_CONTROL"}, {0x40000, "WRITE_DAC"}, {0x80000, "WRITE_OWNER"},
	{0x100000, "SYNCHRONIZE"},
	{0x1000000, "ADS_RIGHT_ACCESS_SYSTEM_SECURITY"}, {0x10000000, "ADS_RIGHT_GENERIC_ALL"},
	{0x20000000, "ADS_RIGHT_GENERIC_EXECUTE"},
	{0x40000000, "ADS_RIGHT_GENERIC_WRITE"}, {0x80000000, "ADS_RIGHT_GENERIC_READ"},
}}

// Audit are the words for %% codes, which Windows keeps in msobjs.dll.
var Audit = New(map[string]string{
	// Access rights: standard, file, key, process, service control, SAM, directory.
	"1537": "DELETE", "1538": "READ_CONTROL", "1539": "WRITE_DAC", "1540": "WRITE_OWNER", "1541": "SYNCHRONIZE",
	"1542": "ACCESS_SYS_SEC", "1543": "MAX_ALLOWED",
	"4416": "ReadData (or ListDirectory)", "4417": "WriteData (or AddFile)",
	"4418": "AppendData (or AddSubdirectory or CreatePipeInstance)",
	"4419": "ReadEA", "4420": "WriteEA", "4421": "Execute/Traverse", "4422": "DeleteChild",
	"4423": "ReadAttributes", "4424": "WriteAttributes",
	"4432": "Query key value", "4433": "Set key value", "4434": "Create sub-key", "4435": "Enumerate sub-keys",
	"4436": "Notify about changes to keys", "4437": "Create Link",
	"4480": "Force process termination", "4481": "Create new thread in process", "4482": "Set process session ID",
	"4483": "Perform virtual memory operation", "4484": "Read from process memory", "4485": "Write to process memory",
	"4486": "Duplicate handle into or out of process", "4487": "Create a subprocess of process",
	"4488": "Set process quotas",
	"4489": "Set process information", "4490": "Query process information", "4491": "Set process termination port",
	"5376": "ConnectToServer", "5377": "ShutdownServer", "5378": "InitializeServer",
	"5379": "CreateDomain", "5380": "EnumerateDomains", "5381": "LookupDomain",
	"5392": "ReadPasswordParameters", "5393": "WritePasswordParameters", "5394": "ReadOtherParameters",
	"5395": "WriteOtherParameters",
	"5396": "CreateUser", "5397": "CreateGlobalGroup", "5398": "CreateLocalGroup", "5399": "GetLocalGroupMembership",
	"5400": "ListAccounts", "5401": "LookupIDs", "5402": "AdministerServer",
	"5408": "ReadInformation", "5409": "WriteAccount", "5410": "AddMember", "5411": "RemoveMember",
	"5412": "ListMembers",
	"5424": "AddMember", "5425": "RemoveMember", "5426": "ListMembers", "5427": "ReadInformation",
	"5428": "WriteAccount",
	"5440": "ReadGeneralInformation", "5441": "ReadPreferences", "5442": "WritePreferences",
	"5443": "ReadLogon", "5444": "ReadAccount", "5445": "WriteAccount",
	"5446": "ChangePassword (with knowledge of old password)",
	"5447": "SetPassword (without knowledge of old password)",
	"5448": "ListGroups", "5449": "ReadGroupMembership", "5450": "ChangeGroupMembership",
	// Directory, event, section, thread, token, job and policy objects.
	"4368": "Query directory", "4369": "Traverse", "4370": "Create object in directory",
	"4371": "Create sub-directory",
	"4384": "Query event state", "4385": "Modify event state", "4448": "Query mutant state",
	"4464": "Communicate using port", "4496": "Control profile",
	"4512": "Query section state", "4513": "Map section for write", "4514": "Map section for read",
	"4515": "Map section for execute", "4516": "Extend size",
	"4528": "Query semaphore state", "4529": "Modify semaphore state", "4544": "Use symbolic link",
	"4560": "Force thread termination", "4561": "Suspend or resume thread",
	"4562": "Send an alert to thread", "4563": "Get thread context", "4564": "Set thread context",
	"4565": "Set thread information", "4566": "Query thread information", "4567": "Assign a token to the thread",
	"4568": "Cause thread to directly impersonate another thread",
	"4569": "Directly impersonate this thread", "4576": "Query timer state", "4577": "Modify timer state",
	"4592": "AssignAsPrimary", "4593": "Duplicate", "4594": "Impersonate", "4595": "Query",
	"4596": "QuerySource", "4597": "AdjustPrivileges",
	"4598": "AdjustGroups", "4599": "AdjustDefaultDacl", "4608": "Create instance of object type",
	"5136": "Assign process", "5137": "Set Attributes", "5138": "Query Attributes",
	"5139": "Terminate Job", "5140": "Set Security Attributes",
	"5632": "View non-sensitive policy information", "5633": "View system audit requirements",
	"5634": "Get sensitive policy information",
	"5635": "Modify domain trust relationships",
	"5636": "Create special accounts (for assignment of user rights)", "5637": "Create a secret object",
	"5638": "Create a privilege", "5639": "Set default quota limits",
	"5640": "Change system audit requirements", "5641": "Administer audit log attributes",
	"5642": "Enable/Disable LSA", "5643": "Lookup Names/SIDs", "5648": "Change secret value",
	"5649": "Query secret value",
	"7168": "Connect to service controller", "7169": "Create a new service", "7170": "Enumerate services",
	"7171": "Lock service database for exclusive access", "7172": "Query service database lock state",
	"7173": "Set last-known-good state of service database",
	"7184": "Query service configuration information", "7185": "Set service configuration information",
	"7186": "Query status of service",
	"7187": "Enumerate dependencies of service", "7188": "Start the service", "7189": "Stop the service",
	"7190": "Pause or continue the service",
	"7191": "Query information from service", "7192": "Issue service-specific control commands",
	"7680": "Create Child", "7681": "Delete Child", "7682": "List Contents", "7683": "Write Self",
	"7684": "Read Property",
	"7685": "Write Property", "7686": "Delete Tree", "7687": "List Object", "7688": "Control Access",
	// Accounts and their values. A user account control code says which flag was set or cleared.
	"1792": "<value changed, but not displayed>", "1793": "<value not set>", "1794": "<never>", "1797": "All",
	"2048": "Account Enabled", "2080": "Account Disabled", "2050": "'Password Not Required' - Disabled",
	"2082": "'Password Not Required' - Enabled",
	"2052": "'Normal Account' - Disabled", "2084": "'Normal Account' - Enabled",
	"2055": "'Workstation Trust Account' - Disabled", "2087": "'Workstation Trust Account' - Enabled",
	"2056": "'Server Trust Account' - Disabled", "2088": "'Server Trust Account' - Enabled",
	"2057": "'Don't Expire Password' - Disabled", "2089": "'Don't Expire Password' - Enabled",
	"2061": "'Trusted For Delegation' - Disabled", "2093": "'Trusted For Delegation' - Enabled",
	"2062": "'Not Delegated' - Disabled", "2094": "'Not Delegated' - Enabled",
	"2064": "'Don't Require Preauth' - Disabled", "2096": "'Don't Require Preauth' - Enabled",
	// Answers.
	"1832": "Identification", "1833": "Impersonation", "1840": "Delegation", "1842": "Yes", "1843": "No",
	"1844": "System",
	"1936": "TokenElevationTypeDefault (1)", "1937": "TokenElevationTypeFull (2)",
	"1938": "TokenElevationTypeLimited (3)",
	// Failed logons.
	"2304": "An Error occured during Logon.", "2305": "The specified user account has expired.",
	"2306": "The NetLogon component is not active.",
	"2307": "Account locked out.", "2308": "The user has not been granted the requested logon type at this machine.",
	"2309": "The specified account's password has expired.", "2310": "Account currently disabled.",
	"2311": "Account logon time restriction violation.",
	"2312": "User not allowed to logon at this computer.", "2313": "Unknown user name or bad password.",
	"2314": "Domain sid inconsistent.",
	// Audit policy.
	"8272": "System", "8273": "Logon/Logoff", "8274": "Object Access", "8275": "Privilege Use",
	"8276": "Detailed Tracking",
	"8277": "Policy Change", "8278": "Account Management", "8279": "DS Access", "8280": "Account Logon",
	"8448": "Success removed", "8449": "Success Added", "8450": "Failure removed", "8451": "Failure added",
	// Filtering platform.
	"14592": "Inbound", "14593": "Outbound", "14594": "Forward", "14595": "Bidirectional",
	"14596": "IP Packet", "14597": "Transport", "14598": "Forward",
	"14599": "Stream", "14600": "Datagram Data", "14601": "ICMP Error", "14602": "MAC 802.3",
	"14603": "MAC Native", "14604": "vSwitch",
	"14608": "Resource Assignment", "14609": "Listen", "14610": "Receive/Accept", "14611": "Connect",
	"14612": "Flow Established",
	"14614": "Resource Release", "14615": "Endpoint Closure", "14616": "Connect Redirect",
	"14617": "Bind Redirect", "14624": "Stream Packet",
	// Directory changes.
	"14673": "[NULL]", "14674": "Value Added", "14675": "Value Deleted", "14676": "Active Directory Domain Services",
})

// AuditSubcategories are the names for SubcategoryGuid (4719). Source: MS-GPAC 2.2.1.4.
var AuditSubcategories = New(map[string]string{
	"{0cce9210-69ae-11d9-bed3-505054503030}": "Security State Change",
	"{0cce9211-69ae-11d9-bed3-505054503030}": "Security System Extension",
	"{0cce9212-69ae-11d9-bed3-505054503030}": "System Integrity",
	"{0cce9213-69ae-11d9-bed3-505054503030}": "IPsec Driver",
	"{0cce9214-69ae-11d9-bed3-505054503030}": "Other System Events",
	"{0cce9215-69ae-11d9-bed3-505054503030}": "Logon",
	"{0cce9216-69ae-11d9-bed3-505054503030}": "Logoff", "{0cce9217-69ae-11d9-bed3-505054503030}": "Account Lockout",
	"{0cce9218-69ae-11d9-bed3-505054503030}": "IPsec Main Mode",
	"{0cce9219-69ae-11d9-bed3-505054503030}": "IPsec Quick Mode",
	"{0cce921a-69ae-11d9-bed3-505054503030}": "IPsec Extended Mode",
	"{0cce921b-69ae-11d9-bed3-505054503030}": "Special Logon",
	"{0cce921c-69ae-11d9-bed3-505054503030}": "Other Logon/Logoff Events",
	"{0cce921d-69ae-11d9-bed3-505054503030}": "File System",
	"{0cce921e-69ae-11d9-bed3-505054503030}": "Registry", "{0cce921f-69ae-11d9-bed3-505054503030}": "Kernel Object",
	"{0cce9220-69ae-11d9-bed3-505054503030}": "SAM",
	"{0cce9221-69ae-11d9-bed3-505054503030}": "Certification Services",
	"{0cce9222-69ae-11d9-bed3-505054503030}": "Application Generated",
	"{0cce9223-69ae-11d9-bed3-505054503030}": "Handle Manipulation",
	"{0cce9224-69ae-11d9-bed3-505054503030}": "File Share",
	"{0cce9225-69ae-11d9-bed3-505054503030}": "Filtering Platform Packet Drop",
	"{0cce9226-69ae-11d9-bed3-505054503030}": "Filtering Platform Connection",
	"{0cce9227-69ae-11d9-bed3-505054503030}": "Other Object Access Events",
	"{0cce9228-69ae-11d9-bed3-505054503030}": "Sensitive Privilege Use",
	"{0cce9229-69ae-11d9-bed3-505054503030}": "Non Sensitive Privilege Use",
	"{0cce922a-69ae-11d9-bed3-505054503030}": "Other Privilege Use Events",
	"{0cce922b-69ae-11d9-bed3-505054503030}": "Process Creation",
	"{0cce922c-69ae-11d9-bed3-505054503030}": "Process Termination",
	"{0cce922d-69ae-11d9-bed3-505054503030}": "DPAPI Activity",
	"{0cce922e-69ae-11d9-bed3-505054503030}": "RPC Events",
	"{0cce922f-69ae-11d9-bed3-505054503030}": "Audit Policy Change",
	"{0cce9230-69ae-11d9-bed3-505054503030}": "Authentication Policy Change",
	"{0cce9231-69ae-11d9-bed3-505054503030}": "Authorization Policy Change",
	"{0cce9232-69ae-11d9-bed3-505054503030}": "MPSSVC Rule-Level Policy Change",
	"{0cce9233-69ae-11d9-bed3-505054503030}": "Filtering Platform Policy Change",
	"{0cce9234-69ae-11d9-bed3-505054503030}": "Other Policy Change Events",
	"{0cce9235-69ae-11d9-bed3-505054503030}": "User Account Management",
	"{0cce9236-69ae-11d9-bed3-505054503030}": "Computer Account Management",
	"{0cce9237-69ae-11d9-bed3-505054503030}": "Security Group Management",
	"{0cce9238-69ae-11d9-bed3-505054503030}": "Distribution Group Management",
	"{0cce9239-69ae-11d9-bed3-505054503030}": "Application Group Management",
	"{0cce923a-69ae-11d9-bed3-505054503030}": "Other Account Management Events",
	"{0cce923b-69ae-11d9-bed3-505054503030}": "Directory Service Access",
	"{0cce923c-69ae-11d9-bed3-505054503030}": "Directory Service Changes",
	"{0cce923d-69ae-11d9-bed3-505054503030}": "Directory Service Replication",
	"{0cce923e-69ae-11d9-bed3-505054503030}": "Detailed Directory Service Replication",
	"{0cce923f-69ae-11d9-bed3-505054503030}": "Credential Validation",
	"{0cce9240-69ae-11d9-bed3-505054503030}": "Kerberos Service Ticket Operations",
	"{0cce9241-69ae-11d9-bed3-505054503030}": "Other Account Logon Events",
	"{0cce9242-69ae-11d9-bed3-505054503030}": "Kerberos Authentication Service",
	"{0cce9243-69ae-11d9-bed3-505054503030}": "Network Policy Server",
	"{0cce9244-69ae-11d9-bed3-505054503030}": "Detailed File Share",
	"{0cce9245-69ae-11d9-bed3-505054503030}": "Removable Storage",
	"{0cce9246-69ae-11d9-bed3-505054503030}": "Central Policy Staging",
	"{0cce9247-69ae-11d9-bed3-505054503030}": "User / Device Claims",
	"{0cce9248-69ae-11d9-bed3-505054503030}": "Plug and Play Events",
	"{0cce9249-69ae-11d9-bed3-505054503030}": "Group Membership",
	"{0cce924a-69ae-11d9-bed3-505054503030}": "Token Right Adjusted Events",
})
