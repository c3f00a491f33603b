package main

import (
	"encoding/base64"
	"time"
	"unicode/utf16"

	"hunt/samples"
)

// encoded is PowerShell's form of a command for -EncodedCommand.
func encoded(command string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(command)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return base64.StdEncoding.EncodeToString(b)
}

// uriHandlerBenign: a browser extension's native-messaging host starts through
// cmd.exe, and the browser's updater unpacks into Temp while it does.
func uriHandlerBenign(t *tree) error {
	p := t.plan("scenario-1-uri-handler/benign",
		"Chrome starts a password manager's native-messaging host through cmd.exe; GoogleUpdate unpacks an "+
			"installer into Temp 12 s later.")
	m, shell := workstation("WS-FIN-08", "k.sato", "10.20.7.32", 1128, day(8, 22, 0))
	chrome := m.browser(shell, chromeEx, "", day(8, 10, 15))
	at := day(8, 10, 23)
	const pipe = `chrome.nativeMessaging`
	cmd := m.run(chrome, prog("cmd.exe"),
		sys32+`cmd.exe /d /c "C:\Program Files\KeePassXC\keepassxc-proxy.exe" chrome-extension://oboonakemofpalcgghocfoadofidjkkk/ --parent-window=0 < \\.\pipe\`+pipe+`.in.6b1f0c93d2a84e57 > \\.\pipe\`+pipe+`.out.6b1f0c93d2a84e57`, m.user, at)
	m.run(cmd.process, prog("conhost.exe"), `\??\C:\Windows\system32\conhost.exe 0xffffffff -ForceV1`,
		m.user, at.Add(m.ms(10, 20)))
	m.run(cmd.process, prog("keepassxc-proxy.exe"),
		`"C:\Program Files\KeePassXC\keepassxc-proxy.exe"  chrome-extension://oboonakemofpalcgghocfoadofidjkkk/ --parent-window=0`, m.user, at.Add(m.ms(40, 80)))
	update := m.run(chrome, prog("GoogleUpdate.exe"),
		`"C:\Program Files (x86)\Google\Update\GoogleUpdate.exe" /ua /installsource scheduler`, m.user,
		at.Add(9*time.Second))
	m.visit(update.process, at.Add(10*time.Second), "update.browser.example", "192.0.2.10")
	dropped := m.create(update.process, at.Add(12*time.Second), m.user.temp()+`134.0.6998.89_chrome_installer.exe`)
	m.exit(update.process, at.Add(40*time.Second))
	m.visit(chrome, day(8, 29, 30), lureHost, lureIP)
	if err := p.write(nil, m); err != nil {
		return err
	}
	p.match(ruleLiteral, m, samples.Suppressed,
		"native messaging in Chromium's own form, then the updater's installer in Temp", child(cmd),
		one("GoogleUpdate writes an installer to Temp", dropped))
	p.done()
	return nil
}

// executableDropBenign: an administrator's package, opened from the browser's download list.
func executableDropBenign(t *tree) error {
	p := t.plan("scenario-2-downloads-executable/benign",
		"Edge saves a signed .msi with a mark of the web and opens it from its download list: msiexec.exe under "+
			"the browser with a file in Downloads.")
	m, shell := workstation("WS-ACC-13", "l.brandt", "10.20.7.53", 1189, day(9, 10, 0))
	edge := m.browser(shell, edgeEx, "https://software.corp.example/", day(8, 33, 8))
	at := day(8, 51, 30)
	msi := m.user.home() + `Downloads\7z2409-x64.msi`
	m.download(edge, at, msi, "https://software.corp.example/7-zip/",
		"https://software.corp.example/7-zip/7z2409-x64.msi")
	run := m.run(edge, prog("msiexec.exe"), `"C:\Windows\System32\msiexec.exe" /i "`+msi+`" `, m.user,
		at.Add(8*time.Second))
	svc := m.run(m.processes["services.exe"], prog("msiexec.exe"), sys32+"msiexec.exe /V", m.system,
		at.Add(9*time.Second))
	m.create(svc.process, at.Add(14*time.Second), `C:\Windows\Installer\4f1c2.msi`)
	m.create(svc.process, at.Add(15*time.Second), `C:\Program Files\7-Zip\7zFM.exe`)
	m.exit(run.process, at.Add(31*time.Second))
	if err := p.write(nil, m); err != nil {
		return err
	}
	p.match(ruleContent, m, samples.Suppressed, "msiexec under Edge on a chosen .msi and nothing else", child(run))
	p.done()
	return nil
}

// remoteScriptBenign: Firefox's crash reporter, and an administrator's logon script.
func remoteScriptBenign(t *tree) error {
	p := t.plan("scenario-3-wscript-vbs/benign",
		"Firefox's crash reporter runs and sends its report; a logon script runs in wscript.exe, but under "+
			"Explorer. Nothing matches.")
	p.channels = []string{chSysmon}
	m, shell := workstation("WS-HR-04", "d.nguyen", "10.20.8.18", 1142, day(8, 55, 0))
	script := m.run(shell, prog("wscript.exe"),
		`"C:\Windows\System32\WScript.exe" "\\corp.example\NETLOGON\drives.vbs"`, m.user, day(8, 3, 41))
	m.connect(script.process, day(8, 3, 42), "10.20.0.11", "dc01.corp.example", 445)
	m.exit(script.process, day(8, 3, 44))
	firefox := m.browser(shell, firefoxE, "https://intranet.corp.example/", day(8, 21, 7))
	at := day(8, 38, 52)
	report := m.user.home() +
		`AppData\Roaming\Mozilla\Firefox\Crash Reports\pending\5e1b9c02-77aa-4d0f-9a3e-2f6e1d3c8b41`
	m.create(firefox, at, report+".dmp")
	crash := m.run(firefox, prog("crashreporter.exe"),
		`"C:\Program Files\Mozilla Firefox\crashreporter.exe" "`+report+`.dmp"`, m.user, at.Add(m.ms(200, 600)))
	m.exit(firefox, at.Add(time.Second))
	m.visit(crash.process, at.Add(9*time.Second), "crash-reports.browser.example", "192.0.2.60")
	m.exit(crash.process, at.Add(14*time.Second))
	if err := p.write(nil, m); err != nil {
		return err
	}
	p.done()
	return nil
}

// htmlApplicationBenign: a ClickOnce application installed from a link.
func htmlApplicationBenign(t *tree) error {
	p := t.plan("scenario-4-mshta-hta/benign",
		"Edge hands a ClickOnce manifest in INetCache to rundll32 and dfshim.dll; dfsvc installs the company's "+
			"application.")
	m, shell := workstation("WS-ENG-22", "r.haddad", "10.20.9.41", 1204, day(9, 15, 0))
	edge := m.browser(shell, edgeEx, "https://apps.corp.example/", day(8, 25, 49))
	at := day(8, 57, 16)
	manifest := m.user.home() + `AppData\Local\Microsoft\Windows\INetCache\IE\6VWH3XJ1\TimeSheet.application`
	m.create(edge, at, manifest)
	run := m.run(edge, prog("rundll32.exe"),
		`"C:\Windows\System32\rundll32.exe" "C:\Windows\System32\dfshim.dll",ShOpenVerbApplication `+manifest, m.user,
		at.Add(2*time.Second))
	dfsvc := m.run(run.process, prog("dfsvc.exe"),
		`"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\dfsvc.exe"`, m.user, at.Add(3*time.Second))
	m.visit(dfsvc.process, at.Add(4*time.Second), "apps.corp.example", "10.20.0.18")
	dropped := m.create(dfsvc.process, at.Add(7*time.Second),
		m.user.temp()+`Deployment\2QK1V0ZB.9LN\1XH6R2GA.T4P\TimeSheet.exe`)
	m.exit(run.process, at.Add(9*time.Second))
	if err := p.write(nil, m); err != nil {
		return err
	}
	p.match(ruleContent, m, samples.Suppressed,
		"rundll32 with dfshim.dll,ShOpenVerbApplication on a manifest in INetCache", child(run))
	p.match(ruleLiteral, m, samples.Suppressed,
		"the same start, then dfsvc's copy of the application in Temp", child(run),
		one("TimeSheet.exe written to Temp\\Deployment", dropped))
	p.done()
	return nil
}

// mountedImageBenign: an installer on a mounted image, and an MSIX package, both by the user's choice.
func mountedImageBenign(t *tree) error {
	p := t.plan("scenario-5-iso-mounted/benign",
		"An ISO from the company's software server is mounted in Explorer and its signed setup run; an MSIX "+
			"package is opened by AppInstaller. Nothing matches.")
	p.channels = []string{chSysmon}
	m, shell := workstation("WS-LOG-06", "e.santos", "10.20.9.64", 1217, day(9, 0, 0))
	edge := m.browser(shell, edgeEx, "https://software.corp.example/", day(8, 17, 33))
	at := day(8, 35, 28)
	m.download(edge, at, m.user.home()+`Downloads\Office_LTSC_2024.iso`,
		"https://software.corp.example/office/", "https://software.corp.example/office/Office_LTSC_2024.iso")
	setup := program(`E:\setup.exe`, "16.0.17932.20252", "Microsoft Office", "Microsoft Office", msft,
		"Bootstrapper.exe", msft)
	m.run(shell, setup, `"E:\setup.exe" `, m.user, at.Add(25*time.Second))
	m.download(edge, day(8, 46, 2), m.user.home()+`Downloads\CompanyPortal.msix`,
		"https://software.corp.example/portal/", "https://software.corp.example/portal/CompanyPortal.msix")
	m.run(m.processes["svchost.exe"], prog("AppInstaller.exe"),
		`"`+prog("AppInstaller.exe").path+`" -ServerName:App.AppX9rwyqtrq9gw3wnmrap9a412nsc7145qh.mca`,
		m.user, day(8, 46, 6))
	if err := p.write(nil, m); err != nil {
		return err
	}
	p.done()
	return nil
}

// developer: a link on a local development page opens PowerShell, which runs the test server.
func developer(t *tree) error {
	p := t.plan("known-good/developer",
		"A localhost link in Chrome opens PowerShell, which starts a Node development server; its bundler unpacks "+
			"a helper into Temp.")
	m, shell := workstation("WS-DEV-02", "i.petrova", "10.20.10.22", 1230, day(9, 0, 0))
	chrome := m.browser(shell, chromeEx, "http://localhost:5173/", day(8, 28, 14))
	at := day(8, 41, 50)
	ps := m.run(chrome, prog("powershell.exe"),
		psArgs+`-NoLogo -NoExit -Command "Set-Location C:\src\portal; npm run dev -- --open http://localhost:5173/"`,
		m.user, at)
	node := m.run(ps.process, prog("node.exe"),
		`"C:\Program Files\nodejs\node.exe" C:\src\portal\node_modules\vite\bin\vite.js --open http://localhost:5173/`,
		m.user, at.Add(2*time.Second))
	m.connect(node.process, at.Add(3*time.Second), "127.0.0.1", "localhost", 5173)
	dropped := m.create(node.process, at.Add(4*time.Second), m.user.temp()+`esbuild-0.25.0\esbuild.exe`)
	if err := p.write(nil, m); err != nil {
		return err
	}
	p.match(ruleLiteral, m, samples.Suppressed,
		"PowerShell opened by a localhost link, then the bundler's helper in Temp", child(ps),
		one("esbuild.exe written to Temp", dropped))
	p.done()
	return nil
}
