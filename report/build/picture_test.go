package build_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"hunt/report/build"
	"hunt/report/reporttest"
	"hunt/rules"
)

// What a reader sees drawn is what the records say: who started, wrote and ran what, logged on to what, and where it
// connected to. What is only presumed is marked with a question mark.
func TestThePictureOfAnIncidentSaysWhatDidWhat(t *testing.T) {
	r, _ := reporttest.ReportOf(t, filepath.Join("..", "..", "samples", "intrusion"), build.Options{}, rules.Options{})
	p := r.Incidents[0].Picture
	var got strings.Builder
	for _, a := range p.Arrows {
		from, to := p.Objects[a.From], p.Objects[a.To]
		short := func(lane int) string {
			host, _, _ := strings.Cut(strings.Join(p.Lanes[lane].Hosts, "+"), ".")
			return host
		}
		verb := a.Verb
		if a.Presumed {
			verb += "?"
		}
		fmt.Fprintf(&got, "%s:%s %s %s:%s\n", short(from.Lane), from.Name, verb, short(to.Lane), to.Name)
	}
	const want = `ws-hr-11:chrome.exe wrote ws-hr-11:Application_Documents.js
ws-hr-11:explorer.exe started ws-hr-11:chrome.exe
:docs-share.example source of ws-hr-11:Application_Documents.js
ws-hr-11:explorer.exe started ws-hr-11:wscript.exe
ws-hr-11:Application_Documents.js passed to ws-hr-11:wscript.exe
ws-hr-11:wscript.exe looked up :cdn-assets.example
ws-hr-11:wscript.exe connected to :198.51.100.77
ws-hr-11:wscript.exe started ws-hr-11:docview.exe
ws-hr-11:docview.exe set the registry value ws-hr-11:…\CurrentVersion\Run\DocView
ws-hr-11:docview.exe started ws-hr-11:whoami.exe
ws-hr-11:docview.exe started ws-hr-11:net.exe
ws-hr-11:docview.exe started ws-hr-11:nltest.exe
ws-hr-11:docview.exe started ws-hr-11:net.exe
ws-hr-11:docview.exe opened ws-hr-11:lsass.exe
ws-hr-11:docview.exe logged on to srv-file-03:k.olsen.adm
srv-file-03:k.olsen.adm wrote? srv-file-03:dvsvc.exe
srv-file-03:k.olsen.adm installed the service? srv-file-03:DvSvc
srv-file-03:DvSvc started srv-file-03:dvsvc.exe
srv-file-03:dvsvc.exe ran as srv-file-03:dvsvc.exe
srv-file-03:dvsvc.exe used the credentials of srv-app-04:k.olsen.adm
srv-app-04:k.olsen.adm cleared srv-app-04:the Security log
srv-file-03:dvsvc.exe logged on to srv-bck-05:k.olsen.adm
srv-bck-05:k.olsen.adm wrote? srv-bck-05:dvsvc.exe
srv-bck-05:k.olsen.adm installed the service? srv-bck-05:DvSvc
srv-bck-05:DvSvc started srv-bck-05:dvsvc.exe
srv-bck-05:dvsvc.exe ran as srv-bck-05:dvsvc.exe
srv-bck-05:dvsvc.exe started srv-bck-05:cmd.exe
srv-bck-05:cmd.exe started srv-bck-05:vssadmin.exe
srv-bck-05:dvsvc.exe started srv-bck-05:cmd.exe
srv-bck-05:cmd.exe started srv-bck-05:wbadmin.exe
srv-bck-05:dvsvc.exe started srv-bck-05:cmd.exe
srv-bck-05:cmd.exe started srv-bck-05:bcdedit.exe
`
	if got.String() != want {
		t.Errorf("%s", got.String())
	}
}
