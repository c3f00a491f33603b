package browsertest

import (
	"testing"

	"hunt/mark"
	"hunt/report"
	"hunt/report/reporttest"
)

func reports() map[string]*report.Report {
	return map[string]*report.Report{
		"rich": reporttest.Rich(), "nothing found": reporttest.Nothing(), "blind": reporttest.Blind(),
		"nothing readable": reporttest.Empty(), "attacked": reporttest.Attacked(),
	}
}

func TestAReportAsksForNothingAndComplainsOfNothing(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		for name, r := range reports() {
			t.Run(name, func(t *testing.T) {
				b := w.report(t, r, how{})
				// Open everything, click every button, look at every row: nothing may come of it.
				b.eval(`document.querySelectorAll('#viewport tbody tr[data-n]').forEach(r => r.click())`, nil)
				b.eval(`document.querySelectorAll('details').forEach(d => d.open = true)`, nil)
				b.eval(`document.querySelectorAll('button.copy').forEach((c, i) => `+
					`{ if (i % 50 === 0) { c.click(); } })`, nil)
				b.eval(`document.querySelectorAll('#lanes a, .label, .log').forEach((c, i) => `+
					`{ if (i % 50 === 0) { c.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true})); } })`, nil)
				b.press("?", escape)
				b.eval(`new Promise(r => setTimeout(r, 200))`, nil)
				b.quiet()
			})
		}
	})
}

func TestThePolicyIsInForce(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		b := w.report(t, reporttest.Rich(), how{})
		b.want(`new Promise(done => {
		document.addEventListener('securitypolicyviolation', e => done(e.effectiveDirective), {once: true});
		const s = document.createElement('script'); s.textContent = 'window.pwned = 1'; document.body.appendChild(s);
	})`, "script-src-elem")
		b.want(`new Promise(done => {
		document.addEventListener('securitypolicyviolation', e => done(e.effectiveDirective), {once: true});
		const i = document.createElement('img'); i.src = 'http://127.0.0.1:9/x.png'; document.body.appendChild(i);
	})`, "img-src")
		b.want(`new Promise(done => {
		document.addEventListener('securitypolicyviolation', e => done(e.effectiveDirective), {once: true});
		document.body.insertAdjacentHTML('beforeend', '<p style="color:red" onclick="window.pwned=1">x</p>');
	})`, "style-src-attr")
		b.want(`fetch('http://127.0.0.1:9/').then(() => 'fetched', () => 'refused')`, "refused")
		b.want(`window.pwned === undefined`, true)
	})
}

func TestHostileTextIsShownAsText(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		b := w.report(t, reporttest.Rich(), how{})
		b.want(`document.querySelector('#F-3f9a1c20b7e4 .message').textContent`,
			"chrome.exe started powershell.exe: "+mark.Printable(reporttest.HostileCommand))
		b.want(`document.querySelector('#F-3f9a1c20b7e4 .message').querySelectorAll('.mark').length`, 3)
		b.want(`document.querySelectorAll('main img, main script, main iframe, main a[href^="javascript"], main a[href^="http"]').length`, 0)
		b.want(`Array.from(document.querySelectorAll('#f-host option')).some(o => o.textContent === '<svg/onload=window.pwned=2>')`, true)
	})
}

func TestWithoutScriptsTheFindingsCanBeRead(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		b := w.report(t, reporttest.Rich(), how{noScripts: true})
		// Chromium lays out a card when it comes near the screen, and innerText leaves out what was not laid out yet.
		b.eval(`document.querySelectorAll('.card').forEach(c => { c.style.contentVisibility = 'visible' })`, nil)
		text := b.text(`document.querySelector('main').innerText`)
		for _, want := range []string{"1 suspected incident on 2 of 4 hosts", "Scripts are off",
			"Events of the findings, in time order", "Steps, in order"} {
			if !contains(text, want) {
				t.Errorf("the page does not show %q", want)
			}
		}
		b.want(`getComputedStyle(document.getElementById('filters')).display`, "none")
		b.want(`getComputedStyle(document.getElementById('browser')).display`, "none")
		b.eval(`document.querySelector('#F-88be02d1a953 > details > summary').click()`, nil)
		b.want(`document.querySelector('#F-88be02d1a953 > details').open`, true)
		b.quiet()
	})
}
