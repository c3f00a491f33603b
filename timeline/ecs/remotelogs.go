package ecs

// The providers of remote access: Remote Desktop beyond its sessions, its client and gateway, Windows
// Remote Management, OpenSSH. Windows logs all of them by default, OpenSSH where it is installed. Their
// categories and actions are hunt's own.

// remoteDesktopCoreSource is Microsoft-Windows-RemoteDesktopServices-RdpCoreTS, which writes what comes to the
// port before anybody is logged on.
var remoteDesktopCoreSource = source{
	provider: "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS",
	channels: []string{"Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational"},
	dataset:  "winlog.winlog", module: "windows",
	rules: []rule{
		{field: SourceIP, op: opEndpoint, data: "ClientIP|IPString"},
		{field: RelatedIP, op: opEndpoint, data: "ClientIP|IPString"},
	},
	mappings: []mapping{
		{id: 131, role: RoleConnectionAccepted, category: "network", types: "connection|start",
			action: "remote-desktop-connection-accepted",
			rules:  []rule{{field: SourcePort, op: opEndpointPort, data: "ClientIP"}},
			title:  "Remote Desktop accepted a connection" + fromIP, more: "[ ({@ConnType})]"},
		{id: 140, role: RoleConnectionRefused, category: "authentication|network", types: "connection|denied",
			action: "remote-desktop-connection-refused",
			title:  "Remote Desktop refused a client" + fromIP + ": its user name or password is wrong"},
	},
}

// remoteDesktopClientSource is Microsoft-Windows-TerminalServices-ClientActiveXCore, the client: where somebody
// went from this machine.
var remoteDesktopClientSource = source{
	provider: "Microsoft-Windows-TerminalServices-ClientActiveXCore",
	channels: []string{"Microsoft-Windows-TerminalServices-RDPClient/Operational"},
	dataset:  "winlog.winlog", module: "windows",
	rules: []rule{{field: UserID, op: opSystemUser}},
	mappings: []mapping{
		{id: 1024, role: RoleOutgoingConnection, category: "network", types: "connection|start",
			action: "remote-desktop-client-connecting",
			rules:  []rule{{field: DestinationDomain, op: opText, data: "Value"}},
			// it has not reached the server yet
			title: "{user.id|'an unknown account'} asked for a Remote Desktop connection to [{@Value}|an unknown " +
				"server]"},
		{id: 1102, role: RoleOutgoingConnection, category: "network", types: "connection|start",
			action: "remote-desktop-client-address",
			rules: []rule{{field: DestinationIP, op: opEndpoint, data: "Value"},
				{field: RelatedIP, op: opEndpoint, data: "Value"}},
			title: "{user.id|'an unknown account'} opened a Remote Desktop connection to [the address {@Value}|an " +
				"unknown address]"},
	},
}

// remoteDesktopGatewaySource is Microsoft-Windows-TerminalServices-Gateway.
var remoteDesktopGatewaySource = source{
	provider: "Microsoft-Windows-TerminalServices-Gateway",
	channels: []string{"Microsoft-Windows-TerminalServices-Gateway/Operational"},
	dataset:  "winlog.winlog", module: "windows",
	rules: []rule{
		{field: UserName, op: opUserName, data: "Username"},
		{field: UserDomain, op: opUserDomain, data: "Username"},
		{field: SourceIP, op: opEndpoint, data: "IpAddress"},
		{field: RelatedIP, op: opEndpoint, data: "IpAddress"},
		{field: RelatedUser, op: opEachAccount, data: "Username"},
		{field: DestinationDomain, op: opText, data: "Resource"},
	},
	mappings: []mapping{
		{id: 302, role: RoleGatewayConnection, category: "authentication|network", types: "connection|start",
			action: "remote-desktop-gateway-connected",
			title: aUser + " connected to [{@Resource}|an unknown resource] through the Remote Desktop " +
				"gateway" + fromIP,
			more: "[ ({@ConnectionProtocol})]"},
		{id: 303, category: "network", types: "connection|end", action: "remote-desktop-gateway-disconnected",
			title: aUser + " disconnected from [{@Resource}|an unknown resource] at the Remote Desktop " +
				"gateway" + fromIP,
			more: "[, {@BytesReceived} bytes received][, {@BytesTransfered} sent][, after {@SessionDuration} " +
				"seconds]"},
	},
}

// remoteManagementSource is Microsoft-Windows-WinRM.
var remoteManagementSource = source{
	provider: "Microsoft-Windows-WinRM", channels: []string{"Microsoft-Windows-WinRM/Operational"},
	dataset: "winlog.winlog", module: "windows",
	rules: []rule{{field: UserID, op: opSystemUser}},
	mappings: []mapping{
		{id: 91, role: RoleRemoteShell, category: "session|network", types: "start",
			action: "winrm-shell-created",
			title:  "{user.id|'an unknown account'} opened a shell through WinRM", more: "[: {@resourceUri}]"},
	},
}

// sshSource is OpenSSH, whose server says in sentences what it does.
var sshSource = source{
	provider: "OpenSSH", channels: []string{"OpenSSH/Operational"},
	dataset: "winlog.winlog", module: "windows",
	mappings: []mapping{
		{
			id: 4, role: RoleSSH, category: "session|network", types: "info", action: "ssh-message",
			rules: []rule{
				{field: UserName, op: opSSHUser, data: "payload"},
				{field: SourceIP, op: opSSHAddress, data: "payload"},
				{field: RelatedIP, op: opSSHAddress, data: "payload"},
				{field: RelatedUser, op: opSSHUser, data: "payload"},
			},
			title: "[{@process}|OpenSSH] reported: [{@payload}|an empty message]",
		},
	},
}
