package main

import (
	"crypto/md5"  // #nosec G501 -- Sysmon logs MD5; nothing is protected by it
	"crypto/sha1" // #nosec G505 -- likewise SHA-1
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
)

// An image is a program file with what its version resource says.
type image struct {
	path        string
	version     string
	description string
	product     string
	company     string
	original    string // OriginalFileName
	signer      string
	content     string // what its hashes are of; empty: the path and the version
}

const (
	sys32    = `C:\Windows\System32\`
	winVer   = "10.0.26100.3037 (WinBuild.160101.0800)"
	winName  = "Microsoft® Windows® Operating System"
	msft     = "Microsoft Corporation"
	chromeEx = `C:\Program Files\Google\Chrome\Application\chrome.exe`
	edgeEx   = `C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe`
	firefoxE = `C:\Program Files\Mozilla Firefox\firefox.exe`
)

// images are the programs that the samples run, by the last part of their path.
var images = func() map[string]image {
	list := []image{
		windows("smss.exe", "Windows Session Manager", "smss.exe"),
		windows("csrss.exe", "Client Server Runtime Process", "CSRSS.Exe"),
		windows("wininit.exe", "Windows Start-Up Application", "WinInit.exe"),
		windows("winlogon.exe", "Windows Logon Application", "WINLOGON.EXE"),
		windows("services.exe", "Services and Controller app", "services.exe"),
		windows("lsass.exe", "Local Security Authority Process", "lsass.exe"),
		windows("svchost.exe", "Host Process for Windows Services", "svchost.exe"),
		windows("userinit.exe", "Userinit Logon Application", "USERINIT.EXE"),
		windows("RuntimeBroker.exe", "Runtime Broker", "RuntimeBroker.exe"),
		windows("backgroundTaskHost.exe", "Background Task Host", "backgroundTaskHost.exe"),
		windows("taskhostw.exe", "Host Process for Windows Tasks", "taskhostw.exe"),
		windows("dllhost.exe", "COM Surrogate", "dllhost.exe"),
		windows("conhost.exe", "Console Window Host", "CONHOST.EXE"),
		windows("cmd.exe", "Windows Command Processor", "Cmd.Exe"),
		windows("wscript.exe", "Microsoft ® Windows Based Script Host", "wscript.exe"),
		windows("mshta.exe", "Microsoft (R) HTML Application host", "MSHTA.EXE"),
		windows("rundll32.exe", "Windows host process (Rundll32)", "RUNDLL32.EXE"),
		windows("msiexec.exe", "Windows® installer", "msiexec.exe"),
		windows("whoami.exe", "whoami - displays logged on user information", "whoami.exe"),
		windows("notepad.exe", "Notepad", "NOTEPAD.EXE"),
		windows("SearchProtocolHost.exe", "Microsoft Windows Search Protocol Host", "SearchProtocolHost.exe"),
		program(`C:\Windows\explorer.exe`, winVer, "Windows Explorer", winName, msft, "EXPLORER.EXE",
			"Microsoft Windows"),
		program(`C:\Windows\Sysmon64.exe`, "15.15", "System activity monitor", "Sysinternals Sysmon",
			"Sysinternals - www.sysinternals.com", "-", "Microsoft Windows Publisher"),
		program(sys32+`WindowsPowerShell\v1.0\powershell.exe`, winVer, "Windows PowerShell", winName,
			msft, "PowerShell.EXE", "Microsoft Windows"),
		program(`C:\Windows\Microsoft.NET\Framework64\v4.0.30319\dfsvc.exe`,
			"4.8.9032.0 built by: NET481REL1", "ClickOnce", "Microsoft® .NET Framework", msft, "dfsvc.exe", msft),
		program(chromeEx, "134.0.6998.89", "Google Chrome", "Google Chrome", "Google LLC", "chrome.exe",
			"Google LLC"),
		program(edgeEx, "134.0.3124.72", "Microsoft Edge", "Microsoft Edge", msft, "msedge.exe", msft),
		program(firefoxE, "136.0.1", "Firefox", "Firefox", "Mozilla Corporation", "firefox.exe",
			"Mozilla Corporation"),
		program(`C:\Program Files\Mozilla Firefox\crashreporter.exe`, "136.0.1", "Firefox crash reporter",
			"Firefox", "Mozilla Foundation", "crashreporter.exe", "Mozilla Corporation"),
		program(`C:\Program Files (x86)\Google\Update\GoogleUpdate.exe`, "1.3.36.372", "Google Installer",
			"Google Update", "Google LLC", "GoogleUpdate.exe", "Google LLC"),
		program(`C:\Program Files\KeePassXC\keepassxc-proxy.exe`, "2.7.10",
			"KeePassXC native messaging proxy", "KeePassXC", "KeePassXC Team", "keepassxc-proxy.exe",
			"DroidMonkey Apps, LLC"),
		program(`C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE`, "16.0.18526.20168",
			"Microsoft Outlook", "Microsoft Office", msft, "Outlook.exe", msft),
		program(`C:\Program Files\Microsoft OneDrive\OneDrive.exe`, "25.031.0217.0003",
			"Microsoft OneDrive", "Microsoft OneDrive", msft, "OneDrive.exe", msft),
		program(`C:\Program Files\nodejs\node.exe`, "22.14.0", "Node.js JavaScript Runtime", "Node.js",
			"Node.js", "node.exe", "OpenJS Foundation"),
		program(`C:\Program Files\Windows Defender\MsMpEng.exe`, "4.18.25010.11",
			"Antimalware Service Executable", winName, msft, "MsMpEng.exe", "Microsoft Windows Publisher"),
		program(`C:\Program Files\WindowsApps\Microsoft.DesktopAppInstaller_1.25.340.0_x64__8wekyb3d8bbwe\`+
			"AppInstaller.exe", "1.25.340.0", "AppInstaller",
			"Microsoft Desktop App Installer", msft, "AppInstaller.exe", msft),
	}
	m := make(map[string]image, len(list))
	for _, im := range list {
		m[baseName(im.path)] = im
	}
	return m
}()

// program is an image with what its version resource says, in the order that Sysmon has it.
func program(path, version, description, product, company, original, signer string) image {
	return image{path: path, version: version, description: description, product: product,
		company: company, original: original, signer: signer}
}

func windows(name, description, original string) image {
	return image{path: sys32 + name, version: winVer, description: description, product: winName,
		company: msft, original: original, signer: "Microsoft Windows"}
}

// unknown is a program without a version resource.
func unknown(path string) image {
	return image{path: path, version: "-", description: "-", product: "-", company: "-", original: "-"}
}

func baseName(path string) string { return path[strings.LastIndexByte(path, '\\')+1:] }

// hashes returns what Sysmon logs as hashes: those of invented content, the same
// wherever the same file runs.
func (im image) hashes() string {
	content := im.content
	if content == "" {
		content = im.path + "\x00" + im.version
	}
	if h, ok := hashesOf.Load(content); ok {
		return h.(string)
	}
	h := hashes(content)
	hashesOf.Store(content, h)
	return h
}

// hashesOf remembers the hashes of images, which are few.
var hashesOf sync.Map

func hashes(content string) string {
	b := []byte("hunt sample: " + content)
	imphash := md5.Sum(append(b, "imports"...)) // #nosec G401
	return fmt.Sprintf("SHA1=%X,MD5=%X,SHA256=%X,IMPHASH=%X",
		sha1.Sum(b), md5.Sum(b), sha256.Sum256(b), imphash) // #nosec G401
}
