package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"hunt/samples"
)

// What machines do all day. Nothing here may fire a rule.

// fleetImages are the programs that fleets have beside those of the samples.
var fleetImages = func() map[string]image {
	list := []image{
		windows("cscript.exe", "Microsoft ® Console Based Script Host", "cscript.exe"),
		windows("SearchFilterHost.exe", "Microsoft Windows Search Filter Host", "SearchFilterHost.exe"),
		windows("sppsvc.exe", "Microsoft Software Protection Platform Service", "sppsvc.exe"),
		windows("CompatTelRunner.exe", "Microsoft Compatibility Telemetry", "CompatTelRunner.exe"),
		windows("gpupdate.exe", "Microsoft® Group Policy Update Utility", "GPUpdate.exe"),
		windows("smartscreen.exe", "Windows Defender SmartScreen", "smartscreen.exe"),
		windows("MoUsoCoreWorker.exe", "MoUSO Core Worker Process", "MoUSOCoreWorker.exe"),
		program(sys32+`wbem\WmiPrvSE.exe`, winVer, "WMI Provider Host", winName, msft, "Wmiprvse.exe",
			"Microsoft Windows"),
		program(`C:\Program Files\Microsoft Monitoring Agent\Agent\MonitoringHost.exe`, "10.20.18069.0",
			"Microsoft Monitoring Agent Host", "Microsoft Monitoring Agent", msft, "MonitoringHost.exe", msft),
		program(`C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE`, "16.0.18526.20168",
			"Microsoft Word", "Microsoft Office", msft, "WinWord.exe", msft),
		program(`C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE`, "16.0.18526.20168",
			"Microsoft Excel", "Microsoft Office", msft, "Excel.exe", msft),
		program(`C:\Program Files\WindowsApps\MSTeams_25044.2208.3471.2155_x64__8wekyb3d8bbwe\ms-teams.exe`,
			"25044.2208.3471.2155", "Microsoft Teams", "Microsoft Teams", msft, "ms-teams.exe", msft),
		program(`C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.25010.11-0\MpCmdRun.exe`,
			"4.18.25010.11", "Microsoft Malware Protection Command Line Utility", winName, msft,
			"MpCmdRun.exe", "Microsoft Windows Publisher"),
		program(`C:\Program Files\Backup\agent.exe`, "9.4.1.0", "Backup agent", "House Backup",
			"Example Backup AG", "agent.exe", "Example Backup AG"),
	}
	m := make(map[string]image, len(list))
	for _, im := range list {
		m[baseName(im.path)] = im
	}
	return m
}()

func fleetProg(name string) image {
	if im, ok := fleetImages[name]; ok {
		return im
	}
	return prog(name)
}

var (
	noiseDLLs = []struct{ name, about string }{{"ntdll.dll", "NT Layer DLL"},
		{"kernel32.dll", "Windows NT BASE API Client DLL"}, {"KernelBase.dll", "Windows NT BASE API Client DLL"},
		{"advapi32.dll", "Advanced Windows 32 Base API"}, {"rpcrt4.dll", "Remote Procedure Call Runtime"},
		{"combase.dll", "Microsoft COM for Windows"}, {"ws2_32.dll", "Windows Socket 2.0 32-Bit DLL"},
		{"bcrypt.dll", "Windows Cryptographic Primitives Library"}, {"dnsapi.dll", "DNS Client API DLL"},
		{"wininet.dll", "Internet Extensions for Win32"}, {"taskschd.dll", "Task Scheduler COM API"},
		{"amsi.dll", "Anti-Malware Scan Interface"}}
	noiseNames = []struct {
		host, ip string
		port     uint16
	}{{"intranet.corp.example", "10.20.0.15", 443}, {"mail.corp.example", "10.20.0.20", 443},
		{"dc01.corp.example", "10.20.0.11", 445}, {"files.corp.example", "10.20.0.30", 445},
		{"dc01.corp.example", "10.20.0.11", 88}, {"settings.onedrive.example", "192.0.2.41", 443},
		{"update.browser.example", "192.0.2.10", 443}, {"telemetry.os.example", "192.0.2.77", 443},
		{"news.example", "198.51.100.12", 443}, {"video.example", "198.51.100.34", 443},
		{"crm.example", "203.0.113.80", 443}, {"fonts.example", "198.51.100.40", 443}}
	noiseKeys = []string{`HKLM\System\CurrentControlSet\Services\bam\State\UserSettings\`,
		`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore\Staged`,
		`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tree\Backup`,
		`HKLM\System\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\{4f1c0a77-93d1-4c1e-8b2e-6ad0c3b1f2aa}\LeaseObtainedTime`, `HKLM\SOFTWARE\Microsoft\Windows Defender\Signature Updates\SignaturesLastUpdated`,
		`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\LastOnline`,
		`HKLM\System\CurrentControlSet\Services\W32Time\Config\LastKnownGoodTime`}
	noiseFiles = []string{`C:\Windows\Prefetch\RUNTIMEBROKER.EXE-4B2A7D11.pf`,
		`C:\Windows\System32\sru\SRU0F3A1.log`, `C:\ProgramData\Microsoft\Windows\WER\Temp\WER8F11.tmp.xml`,
		`C:\Windows\SoftwareDistribution\DataStore\Logs\edb00A41.log`,
		`C:\ProgramData\Microsoft\Windows Defender\Scans\History\CacheManager\MpScanCache-1.bin`,
		`C:\Windows\Temp\MpCmdRun.log`}
	noiseTasks = []string{`\Microsoft\Windows\UpdateOrchestrator\Schedule Scan`,
		`\Microsoft\Windows\Defrag\ScheduledDefrag`, `\Backup\Hourly`,
		`\Microsoft\Windows\Application Experience\Microsoft Compatibility Appraiser`}
	noiseServices = []string{"Windows Update", "Background Intelligent Transfer Service",
		"Software Protection", "WMI Performance Adapter", "Windows Modules Installer", "Network Setup Service"}
)

// noise is the activity of one machine.
type noise struct {
	*host
	shell, browser, outlook *process   // nil where nobody works
	children                []*process // started, and not yet ended
	allowed                 []allowance
	// an attack is going on: nothing that could be taken for a part of it
	quiet func(at time.Time) bool
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// an activity is something that a machine does now and then.
type activity struct {
	weight int
	loud   bool // like a part of an attack
	user   bool // needs somebody who works
	do     func(n *noise, at time.Time)
}

var activities = []activity{
	{weight: 13, do: (*noise).serviceProcess},
	{weight: 90, do: (*noise).loads},
	{weight: 150, do: (*noise).registry},
	{weight: 70, do: (*noise).network},
	{weight: 60, do: (*noise).files},
	{weight: 60, do: (*noise).accesses},
	{weight: 50, do: (*noise).logons},
	{weight: 90, do: (*noise).connections},
	{weight: 12, do: (*noise).tasks},
	{weight: 10, do: (*noise).services},
	{weight: 14, do: (*noise).applications},
	{weight: 5, do: (*noise).scripts},
	{weight: 90, user: true, do: (*noise).browsing},
	{weight: 8, user: true, do: (*noise).userProcess},
	{weight: 3, user: true, do: (*noise).saved},
	{weight: 2, loud: true, do: (*noise).monitoring},
	{weight: 1, loud: true, do: (*noise).maintenance},
	{weight: 1, loud: true, user: true, do: (*noise).nativeMessaging},
	{weight: 1, loud: true, user: true, do: (*noise).updater},
}

var allWeights = func() (sum int) {
	for _, a := range activities {
		sum += a.weight
	}
	return sum
}()

// something does one thing at that time.
func (n *noise) something(at time.Time) {
	w := n.rng.IntN(allWeights)
	for _, a := range activities {
		if w -= a.weight; w < 0 {
			if a.user && n.browser == nil || a.loud && n.quiet(at) {
				a = activities[2]
			}
			a.do(n, at)
			return
		}
	}
}

func (n *noise) service() *process {
	return n.processes[pick(n.rng, []string{"svchost.exe", "svchost.exe", "services.exe", "lsass.exe",
		"MsMpEng.exe"})]
}

// anyone is a process that does something.
func (n *noise) anyone() *process {
	switch k := n.rng.IntN(10); {
	case k < 2 && len(n.children) > 0:
		return pick(n.rng, n.children)
	case k < 6 && n.browser != nil:
		return pick(n.rng, []*process{n.browser, n.shell, n.outlook})
	}
	return n.service()
}

// start runs a process that ends some time later.
func (n *noise) start(parent *process, im image, command string, user *account, at time.Time) started {
	s := n.run(parent, im, command, user, at)
	n.children = append(n.children, s.process)
	if len(n.children) > 12 {
		old := n.children[0]
		n.children = n.children[1:]
		n.exit(old, at.Add(n.ms(100, 20_000)))
	}
	return s
}

func (n *noise) serviceProcess(at time.Time) {
	sv, svc := n.processes["svchost.exe"], n.processes["services.exe"]
	switch n.rng.IntN(8) {
	case 0:
		n.start(sv, fleetProg("WmiPrvSE.exe"), sys32+`wbem\wmiprvse.exe -secured -Embedding`, n.netsvc, at)
	case 1:
		n.start(svc, fleetProg("sppsvc.exe"), sys32+"sppsvc.exe", n.netsvc, at)
	case 2:
		n.start(sv, prog("taskhostw.exe"), "taskhostw.exe KEYROAMING", n.system, at)
	case 3:
		n.start(sv, prog("dllhost.exe"), sys32+"DllHost.exe /Processid:{3EB3C877-1F16-487C-9050-104DBCD66683}",
			n.system, at)
	case 4:
		s := n.start(sv, prog("SearchProtocolHost.exe"),
			`"C:\Windows\system32\SearchProtocolHost.exe" Global\UsGthrFltPipeMssGthrPipe1_ Global\UsGthrCtrlFltPipeMssGthrPipe1 1 -2147483646 "Software\Microsoft\Windows Search"`, n.system, at)
		n.start(sv, fleetProg("SearchFilterHost.exe"),
			`"C:\Windows\system32\SearchFilterHost.exe" 0 812 816 824 8192 820 792`, n.system, at.Add(n.ms(20, 60)))
		n.load(s.process, at.Add(n.ms(60, 90)), "ntdll.dll", "NT Layer DLL")
	case 5:
		n.start(n.processes["MsMpEng.exe"], fleetProg("MpCmdRun.exe"),
			`"C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.25010.11-0\MpCmdRun.exe" SignatureUpdate -ScheduleJob -RestrictPrivileges`, n.netsvc, at)
	case 6:
		n.start(sv, fleetProg("MoUsoCoreWorker.exe"), sys32+"mousocoreworker.exe -Embedding", n.system, at)
	case 7:
		n.start(svc, prog("svchost.exe"), sys32+"svchost.exe -k netsvcs -p -s "+pick(n.rng,
			[]string{"wuauserv", "BITS", "Appinfo", "gpsvc"}), n.system, at)
	}
}

func (n *noise) loads(at time.Time) {
	p := n.anyone()
	for range 1 + n.rng.IntN(3) {
		d := pick(n.rng, noiseDLLs)
		n.load(p, at, d.name, d.about)
		at = at.Add(n.ms(1, 8))
	}
}

func (n *noise) registry(at time.Time) {
	p := n.anyone()
	for range 1 + n.rng.IntN(3) {
		k := pick(n.rng, noiseKeys)
		if n.rng.IntN(5) == 0 {
			n.createKey(p, at, k)
		} else {
			n.setValue(p, at, k, pick(n.rng, []string{"Binary Data", "DWORD (0x00000001)",
				"QWORD (0x01db92c4-0x7d1a0e00)", "2026-03-10 06:11:40"}))
		}
		at = at.Add(n.ms(1, 30))
	}
}

func (n *noise) network(at time.Time) {
	to := pick(n.rng, noiseNames)
	p := n.service()
	if n.rng.IntN(2) == 0 {
		n.resolve(p, at, to.host, to.ip)
	}
	n.connect(p, at.Add(n.ms(10, 60)), to.ip, to.host, to.port)
}

func (n *noise) browsing(at time.Time) {
	to := pick(n.rng, noiseNames)
	p := pick(n.rng, []*process{n.browser, n.browser, n.outlook})
	n.resolve(p, at, to.host, to.ip)
	for range 1 + n.rng.IntN(2) {
		n.connect(p, at.Add(n.ms(10, 200)), to.ip, "-", to.port)
	}
	if n.rng.IntN(3) == 0 {
		n.create(p, at.Add(n.ms(100, 300)),
			n.user.home()+fmt.Sprintf(`AppData\Local\Google\Chrome\User Data\Default\Cache\Cache_Data\f_%06x`,
				n.rng.IntN(1<<20)))
	}
}

func (n *noise) files(at time.Time) {
	p := n.anyone()
	f := pick(n.rng, noiseFiles)
	n.create(p, at, f)
	if n.rng.IntN(3) == 0 {
		n.deleted(p, at.Add(n.ms(50, 5000)), f, n.rng.IntN(2) == 0)
	}
}

func (n *noise) accesses(at time.Time) {
	n.access(n.anyone(), pick(n.rng, []*process{n.processes["lsass.exe"], n.processes["svchost.exe"],
		n.processes["MsMpEng.exe"]}), at, pick(n.rng, []uint32{0x1000, 0x1400, 0x1478, 0x101000}))
}

func (n *noise) logons(at time.Time) {
	switch n.rng.IntN(4) {
	case 0:
		a := &account{domain: domainName, name: pick(n.rng,
			[]string{"svc-backup", "svc-scan", "svc-monitor"}),
			sid: "S-1-5-21-1308237860-4193317556-336787646-2101", logonID: 0x200000 + n.rng.Uint64N(1<<24)}
		n.logon(logon{account: a, at: at, kind: 3, workstation: "SRV-MGMT-01", ip: "10.20.0.40"})
		n.logoff(a, at.Add(n.ms(500, 30_000)), 3)
	default:
		n.logon(logon{account: n.system, at: at, kind: 5, by: n.processes["services.exe"], privileged: true})
	}
}

func (n *noise) connections(at time.Time) {
	to := pick(n.rng, noiseNames)
	p := n.anyone()
	for range 1 + n.rng.IntN(3) {
		n.filtered(p, at, to.ip, to.port)
		at = at.Add(n.ms(1, 400))
	}
}

func (n *noise) tasks(at time.Time) {
	name := pick(n.rng, noiseTasks)
	if n.rng.IntN(20) == 0 {
		n.task(n.system, at, name)
	}
	n.taskRun(at, name)
}

func (n *noise) services(at time.Time) {
	name := pick(n.rng, noiseServices)
	switch n.rng.IntN(20) {
	case 0:
		n.service7045(at)
	default:
		n.serviceState(at, name, "running")
		n.serviceState(at.Add(n.ms(60_000, 300_000)), name, "stopped")
	}
}

func (n *noise) service7045(at time.Time) {
	n.host.service(at, "MpKslDrv"+fmt.Sprint(n.rng.IntN(90)),
		`C:\ProgramData\Microsoft\Windows Defender\Definition Updates\{5C1F0A2E-77B1-4F4C-8E55-0A1B2C3D4E5F}\MpKslDrv.sys`)
}

func (n *noise) applications(at time.Time) {
	switch n.rng.IntN(4) {
	case 0:
		n.application(at, "SecurityCenter", 15, "Windows Defender", "SECURITY_PRODUCT_STATE_ON")
	case 1:
		n.application(at, "MsiInstaller", 1033, "House Agent", "4.2.1", "1033", "0", "Example AG", "(NULL)")
	case 2:
		n.application(at, "ESENT", 326, "svchost", "1840,D,0", "DS_Token_DB: ", "1",
			`C:\Windows\system32\LogFiles\Sum\SystemIdentity.mdb`, "0", "[1] 0.000 +J(0)", "0 0", "")
	case 3:
		n.application(at, "Software Protection Platform Service", 16384, "2126-02-16T07:51:33Z", "RulesEngine")
	}
}

func (n *noise) scripts(at time.Time) {
	ps := n.start(n.processes["svchost.exe"], prog("powershell.exe"),
		psArgs+`-NoProfile -NonInteractive -File "C:\Program Files\House\inventory.ps1"`, n.system, at)
	n.host.powershell(ps.process, at.Add(n.ms(400, 600)),
		"# Inventory of the house\r\nparam([string]$Target = 'srv-mgmt-01')\r\nGet-Service | Where-Object Status "+
			"-eq 'Running' | Select-Object Name, DisplayName, StartType |\r\n  ConvertTo-Json -Depth 3 | "+
			"Set-Content -Path C:\\ProgramData\\House\\services.json\r\nGet-CimInstance Win32_OperatingSystem | "+
			"Select-Object Caption, Version, LastBootUpTime | ConvertTo-Json | Set-Content -Path "+
			"C:\\ProgramData\\House\\os.json\r\n", `C:\Program Files\House\inventory.ps1`)
	for _, c := range []string{"Get-Service", "Where-Object", "Select-Object"} {
		n.module(ps.process, at.Add(n.ms(700, 2000)), c)
	}
}

func (n *noise) userProcess(at time.Time) {
	switch n.rng.IntN(6) {
	case 0:
		n.start(n.shell, fleetProg("WINWORD.EXE"),
			`"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE" /n "C:\Users\`+n.user.name+
				`\Documents\Report Q1.docx" /o ""`, n.user, at)
	case 1:
		n.start(n.shell, fleetProg("EXCEL.EXE"),
			`"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE" "C:\Users\`+n.user.name+
				`\Documents\Budget.xlsx"`, n.user, at)
	case 2:
		n.start(n.processes["svchost.exe"], prog("RuntimeBroker.exe"),
			sys32+"RuntimeBroker.exe -Embedding", n.user, at)
	case 3:
		n.start(n.processes["svchost.exe"], fleetProg("ms-teams.exe"),
			`"`+fleetProg("ms-teams.exe").path+`" msteams:system-initiated`, n.user, at)
	case 4:
		n.start(n.processes["svchost.exe"], fleetProg("smartscreen.exe"),
			sys32+"smartscreen.exe -Embedding", n.user, at)
	case 5:
		p := n.browser
		n.start(p, p.image, fmt.Sprintf(
			`"%s" --type=renderer --renderer-client-id=%d --time-ticks-at-unix-epoch=-1773302531417300 --launch-time-ticks=%d /prefetch:1`, p.path, n.rng.IntN(400), n.rng.IntN(1<<30)), n.user, at)
	}
}

// saved is a document from the web that nobody runs.
func (n *noise) saved(at time.Time) {
	name := fmt.Sprintf(`Downloads\Quote_%05d.pdf`, n.rng.IntN(100_000))
	n.download(n.browser, at, n.user.home()+name, "https://crm.example/quotes/",
		"https://crm.example/quotes/"+baseName(name))
}

// monitoring starts what the second stage of the literal rule is about, all day long.
func (n *noise) monitoring(at time.Time) {
	mon := n.processes["MonitoringHost.exe"]
	if mon == nil {
		mon = n.keep(n.run(n.processes["services.exe"], fleetProg("MonitoringHost.exe"),
			`"C:\Program Files\Microsoft Monitoring Agent\Agent\MonitoringHost.exe" -Embedding`, n.system,
			at).process)
	}
	s := n.run(mon, fleetProg("cscript.exe"),
		`"C:\Windows\system32\cscript.exe" /nologo "C:\Program Files\Microsoft Monitoring Agent\Agent\Health Service State\Monitoring Host Temporary Files 21\1204\DiscoverDisks.vbs" 0 {6B1F0C93-D2A8-4E57-9C11-7A7E1D9C44E2}`, n.system, at.Add(time.Second))
	n.exit(s.process, at.Add(n.ms(1500, 4000)))
}

// maintenance is Windows' own use of rundll32, and an installer that unpacks into Temp.
func (n *noise) maintenance(at time.Time) {
	switch n.rng.IntN(3) {
	case 0:
		s := n.run(n.processes["svchost.exe"], prog("rundll32.exe"),
			sys32+`rundll32.exe `+sys32+`PcaSvc.dll,PcaPatchSdbTask`, n.system, at)
		n.exit(s.process, at.Add(n.ms(900, 5000)))
	case 1:
		c := n.run(n.processes["svchost.exe"], fleetProg("CompatTelRunner.exe"),
			sys32+`compattelrunner.exe -m:appraiser.dll -f:DoScheduledTelemetryRun`, n.system, at)
		s := n.run(c.process, prog("rundll32.exe"), `rundll32.exe `+sys32+`invagent.dll,RunUpdate`,
			n.system, at.Add(2*time.Second))
		n.exit(s.process, at.Add(9*time.Second))
		n.exit(c.process, at.Add(11*time.Second))
	case 2:
		i := n.run(n.processes["services.exe"], prog("msiexec.exe"), sys32+"msiexec.exe /V", n.system, at)
		n.create(i.process, at.Add(3*time.Second), n.user.temp()+fmt.Sprintf("MSI%05X.exe", n.rng.IntN(1<<20)))
		n.exit(i.process, at.Add(20*time.Second))
	}
}

// nativeMessaging is the benign twin of scenario 1. Where anything that the second stage accepts
// happens in the next half minute, the literal rule matches and must be suppressed. Firefox starts
// the extension's program without a shell between.
func (n *noise) nativeMessaging(at time.Time) {
	if n.browser.path == firefoxE {
		n.run(n.browser, prog("keepassxc-proxy.exe"),
			`"C:\Program Files\KeePassXC\keepassxc-proxy.exe" "`+n.user.home()+
				`AppData\Local\KeePassXC\org.keepassxc.keepassxc_browser_firefox.json" keepassxc-browser@keepassxc.org`,
			n.user, at)
		return
	}
	pipe := fmt.Sprintf("%016x", n.rng.Uint64())
	cmd := n.run(n.browser, prog("cmd.exe"),
		sys32+`cmd.exe /d /c "C:\Program Files\KeePassXC\keepassxc-proxy.exe" chrome-extension://oboonakemofpalcgghocfoadofidjkkk/ --parent-window=0 < \\.\pipe\chrome.nativeMessaging.in.`+pipe+` > \\.\pipe\chrome.nativeMessaging.out.`+pipe, n.user, at)
	n.run(cmd.process, prog("conhost.exe"), `\??\C:\Windows\system32\conhost.exe 0xffffffff -ForceV1`,
		n.user, at.Add(n.ms(10, 20)))
	n.run(cmd.process, prog("keepassxc-proxy.exe"),
		`"C:\Program Files\KeePassXC\keepassxc-proxy.exe"  chrome-extension://oboonakemofpalcgghocfoadofidjkkk/ --parent-window=0`, n.user, at.Add(n.ms(40, 80)))
	n.allow(samples.Suppressed, "native messaging", cmd.twins(), ruleLiteral)
}

// updater is the browser's own, which unpacks into Temp.
func (n *noise) updater(at time.Time) {
	update := n.run(n.browser, prog("GoogleUpdate.exe"),
		`"C:\Program Files (x86)\Google\Update\GoogleUpdate.exe" /ua /installsource scheduler`, n.user, at)
	n.visit(update.process, at.Add(time.Second), "update.browser.example", "192.0.2.10")
	n.create(update.process, at.Add(3*time.Second), n.user.temp()+`134.0.6998.89_chrome_installer.exe`)
	n.exit(update.process, at.Add(40*time.Second))
}

// allow says that rules may report these events so.
func (n *noise) allow(status, why string, events []*event, rules ...string) {
	n.allowed = append(n.allowed, allowance{status: status, why: why, rules: rules, events: events})
}

// an allowance is a match that noise may give, and need not.
type allowance struct {
	status, why string
	rules       []string
	events      []*event
}
