package main

import (
	"strings"
	"time"

	"hunt/samples"
)

// The chains that fleets have beside the five scenarios.

// runFromExplorer: a download is run out of its folder, a minute later.
func (m *member) runFromExplorer(b *process, at time.Time) *chain {
	c := &chain{name: "run from the folder", from: at}
	exe := m.user.home() + `Downloads\Parcel_4471.exe`
	saved := m.download(b, at, exe, "https://"+lureHost+"/p", "https://"+lureHost+"/p/Parcel_4471.exe")
	run := m.run(m.shell, unknown(exe), `"`+exe+`" `, m.user, at.Add(70*time.Second))
	m.visit(run.process, at.Add(74*time.Second), c2Host, c2IP)
	c.finds(ruleDownload, "the file that Chrome saved is run", one("saved", saved...), stage{"run", run.twins()})
	c.finds(ruleLanding, "a file with the mark of the web is run by Explorer", one("marked", saved[1]),
		stage{"run", run.twins()})
	return c
}

// runDaysLater: a download is run two hours later, when no short rule looks any more.
func (m *member) runDaysLater(b *process, at time.Time) *chain {
	c := &chain{name: "run later", from: at}
	exe := m.user.home() + `Downloads\Viewer_Setup.scr`
	saved := m.download(b, at.Add(-2*time.Hour), exe, "https://"+lureHost+"/v",
		"https://"+lureHost+"/v/Viewer_Setup.scr")
	run := m.run(m.shell, unknown(exe), `"`+exe+`" /S`, m.user, at)
	c.finds(ruleLanding, "a file with the mark of the web is run by Explorer", one("marked", saved[1]),
		stage{"run", run.twins()})
	return c
}

// webdavChain: a link has Edge start Explorer on a share in the web.
func (m *member) webdavChain(b *process, at time.Time) *chain {
	c := &chain{name: "share in the web", from: at}
	m.visit(b, at.Add(-8*time.Second), lureHost, lureIP)
	run := m.run(b, prog("explorer.exe"), `"C:\Windows\explorer.exe" "\\`+c2Host+`@443\DavWWWRoot\docs"`, m.user, at)
	m.visit(run.process, at.Add(2*time.Second), c2Host, c2IP)
	c.finds(ruleAddress, "Explorer under Edge on a share in the web", child(run))
	return c
}

// scriptFromFolder: a script from an archive is opened in Explorer.
func (m *member) scriptFromFolder(_ *process, at time.Time) *chain {
	c := &chain{name: "script from the folder", from: at}
	js := m.user.home() + `Downloads\order 7731.js`
	run := m.run(m.shell, prog("wscript.exe"), `"C:\Windows\System32\WScript.exe" "`+js+`" `, m.user, at)
	m.visit(run.process, at.Add(3*time.Second), c2Host, c2IP)
	m.exit(run.process, at.Add(20*time.Second))
	c.finds(ruleLandingZone, "wscript under Explorer on a script in Downloads", child(run))
	return c
}

// openedImage: a downloaded image is opened in Explorer, and a program on it is run.
func (m *member) openedImage(b *process, at time.Time) *chain {
	c := &chain{name: "opened image", from: at}
	iso := m.user.home() + `Downloads\Tender_2026.img`
	saved := m.download(b, at, iso, "https://"+lureHost+"/t", "https://"+lureHost+"/t/Tender_2026.img")
	run := m.run(m.shell, unknown(`F:\Tender_2026.exe`), `"F:\Tender_2026.exe" `, m.user, at.Add(3*time.Minute))
	m.visit(run.process, at.Add(3*time.Minute+4*time.Second), c2Host, c2IP)
	c.finds(ruleImage, "an image is saved, then a program from another drive is run",
		one("saved", saved...), stage{"run", run.twins()})
	return c
}

// chosenInstaller is the benign twin of scenario 2: a package of the house, opened from the download list.
func (m *member) chosenInstaller(b *process, at time.Time) *chain {
	c := &chain{name: "chosen installer (benign)", from: at}
	msi := m.user.home() + `Downloads\7z2409-x64.msi`
	saved := m.download(b, at, msi, "https://software.corp.example/7-zip/",
		"https://software.corp.example/7-zip/7z2409-x64.msi")
	run := m.run(b, prog("msiexec.exe"), `"C:\Windows\System32\msiexec.exe" /i "`+msi+`" `, m.user,
		at.Add(8*time.Second))
	m.exit(run.process, at.Add(31*time.Second))
	c.suppresses(ruleContent, "msiexec under Edge on a chosen .msi and nothing else", child(run))
	m.allow(samples.Suppressed, "half of the literal rule, suppressed like the whole", run.twins(), ruleLiteral)
	// The rule about downloads keeps watching: whether the package is harmless is not known.
	c.finds(ruleDownload, "the package that Edge saved is run", one("saved", saved...), child(run))
	return c
}

// clickOnce is the benign twin of scenario 4.
func (m *member) clickOnce(b *process, at time.Time) *chain {
	c := &chain{name: "ClickOnce (benign)", from: at}
	manifest := m.user.home() + `AppData\Local\Microsoft\Windows\INetCache\IE\6VWH3XJ1\TimeSheet.application`
	saved := m.create(b, at, manifest)
	run := m.run(b, prog("rundll32.exe"),
		`"C:\Windows\System32\rundll32.exe" "C:\Windows\System32\dfshim.dll",ShOpenVerbApplication `+manifest, m.user,
		at.Add(2*time.Second))
	dfsvc := m.run(run.process, prog("dfsvc.exe"),
		`"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\dfsvc.exe"`, m.user, at.Add(3*time.Second))
	m.visit(dfsvc.process, at.Add(4*time.Second), "apps.corp.example", "10.20.0.18")
	dropped := m.create(dfsvc.process, at.Add(7*time.Second),
		m.user.temp()+`Deployment\2QK1V0ZB.9LN\1XH6R2GA.T4P\TimeSheet.exe`)
	m.exit(run.process, at.Add(9*time.Second))
	c.suppresses(ruleContent, "rundll32 with dfshim.dll on a manifest in INetCache", child(run))
	c.suppresses(ruleLiteral, "the same start, then dfsvc's copy of the application in Temp", child(run),
		one("TimeSheet.exe written to Temp", dropped))
	c.finds(ruleDownload, "the manifest that Edge saved is run", one("saved", saved), child(run))
	return c
}

// lure is the same file on several machines, or on one: the browser itself starts it.
func (m *member) lure(b *process, at time.Time, name string) *chain {
	c := &chain{name: "lure " + strings.TrimSuffix(name, ".exe"), from: at}
	exe := m.user.home() + `Downloads\` + name
	saved := m.download(b, at, exe, "https://"+lureHost+"/l", "https://"+lureHost+"/l/"+name)
	im := unknown(exe)
	im.content = "lure " + name
	run := m.run(b, im, `"`+exe+`" `, m.user, at.Add(9*time.Second))
	m.visit(run.process, at.Add(12*time.Second), c2Host, c2IP)
	c.finds(ruleDownload, "the file that Chrome saved is run", one("saved", saved...), stage{"run", run.twins()})
	c.must[0].lure = name
	return c
}
