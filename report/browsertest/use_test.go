package browsertest

import (
	"fmt"
	"strings"
	"testing"

	"hunt/report/reporttest"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

const (
	critical = "F-3f9a1c20b7e4"
	service  = "F-88be02d1a953"
	script   = "F-c2d9e4470f11"
	partial  = "F-51c7770de0b2"
	tuned    = "F-0aa14be6617c"
)

func choose(b *tab, id, value string) {
	b.t.Helper()
	b.eval(fmt.Sprintf(`(e => { e.value = %q; e.dispatchEvent(new Event('change', {bubbles: true})); })`+
		`(document.getElementById(%q))`, value, id), nil)
}

func TestTheGravestFindingIsOpenAndFirst(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		b := w.report(t, reporttest.Rich(), how{})
		b.want(shownCards, []string{critical, script, service, partial, tuned})
		b.want(openCards, []string{critical})
		b.quiet()
	})
}

func TestFiltersNarrowFindingsAndRows(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		b := w.report(t, reporttest.Rich(), how{})
		b.want(shownRows, "127 of 127 rows")
		for _, c := range []struct {
			id, value string
			cards     []string
			rows      string
		}{
			{"f-host", "hr-ws02", []string{partial}, "41 of 127 rows"},
			{"f-user", `NT AUTHORITY\SYSTEM`, []string{service}, "1 of 127 rows"},
			{"f-sev", "high", []string{critical, script, service}, "5 of 127 rows"},
			{"f-tech", "T1543.003", []string{service}, "1 of 127 rows"},
			{"f-status", "suppressed", []string{tuned}, "1 of 127 rows"},
			{"f-from", "2026-03-11T14:20", []string{service, partial}, "60 of 127 rows"},
			{"f-to", "2026-03-11 13:45", []string{tuned}, "18 of 127 rows"},
		} {
			choose(b, c.id, c.value)
			b.want(shownCards, c.cards)
			b.want(shownRows, c.rows)
			b.want(`document.getElementById('active').textContent`, "(1)")
			b.eval(`document.getElementById('clear').click()`, nil)
			b.want(shownCards+".length", 5)
			b.want(shownRows, "127 of 127 rows")
		}
		choose(b, "f-from", "yesterday")
		b.want(`document.getElementById('f-from').getAttribute('aria-invalid')`, "true")
		b.want(shownCards+".length", 5)
		b.quiet()
	})
}

// The protocol sends the character of a key apart from the key, so that what the page
// keeps from being typed is typed all the same.
const emptySearch = `document.getElementById('q').value = ''`

func TestSearchLooksIntoFindingsAndRows(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		b := w.report(t, reporttest.Rich(), how{})
		b.press("/")
		b.want(`document.activeElement.id`, "q")
		b.eval(emptySearch, nil)
		b.press("invoice_march GPJ")
		b.wait(`/hits: .*findings 2.*timeline 2/.test(document.getElementById('shown').textContent)`)
		b.want(shownCards, []string{critical, partial})
		b.want(shownRows, "2 of 127 rows")
		b.press(escape)
		b.want(shownCards+".length", 5)
		b.press("/")
		b.eval(emptySearch, nil)
		b.press("no such thing")
		b.wait(`!document.getElementById('no-match').hidden`)
		b.want(shownRows, "0 of 127 rows")
		b.click(`#clear2`)
		b.want(shownCards+".length", 5)
		b.quiet()
	})
}

// The search goes from hit to hit, wherever they are in the page, and opens what they are folded into.
func TestSearchJumpsFromHitToHit(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		r := reporttest.Rich()
		again := r.Findings[1] // a second finding of the rule: the two are folded into one line
		again.ID = "F-88be02d1a954"
		r.Findings = append(r.Findings, again)
		b := w.report(t, r, how{})
		b.want(`document.querySelectorAll('details.rule').length`, 1)
		b.want(`document.querySelector('details.rule').open`, false)
		b.press("/")
		b.eval(emptySearch, nil)
		b.press("dc01.corp.example")
		b.wait(`/hits: .*findings 2.*timeline \d+.*hosts/.test(document.getElementById('shown').textContent)`)
		found := `((document.querySelector('.found') || {}).id || '')`
		seen := func(id string) {
			t.Helper()
			for range 40 {
				b.press(enter)
				if b.text(found) == id {
					return
				}
			}
			t.Errorf("no hit leads to %s", id)
		}
		seen(again.ID)
		b.want(`document.querySelector('details.rule').open`, true)
		b.want(`/^\d+ of \d+$/.test(document.getElementById('place').textContent)`, true)
		b.eval(`document.querySelector('#next button[data-by="-1"]').click()`, nil)
		b.want(found+` !== '`+again.ID+`'`, true)
		b.press(escape)
		b.wait(`document.querySelectorAll('.found').length === 0 && !document.querySelector('details.rule').open`)
		b.quiet()
	})
}

// Noise is one row until it is asked for, and is never an event of a finding.
func TestNoiseIsFolded(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		b := w.report(t, reporttest.Rich(), how{})
		all := `document.getElementById('rows-shown').textContent`
		b.want(`/^127 of 127 rows, \d+ folded$/.test(`+all+`)`, true)
		b.want(`document.querySelectorAll('#rows-body tr.hit .folded').length`, 0)
		b.want(`document.querySelectorAll('#rows-body .folded').length > 0`, true)
		b.eval(`document.getElementById('noise').click()`, nil)
		b.want(all, "127 of 127 rows")
		b.want(`document.querySelectorAll('#rows-body .folded').length`, 0)
		b.quiet()
	})
}

// The rows of the script have the time of the other zone beside UTC, as the rest of the page does.
func TestTheTimeZoneOfTheCaseStandsBesideUTC(t *testing.T) {
	r := reporttest.Rich()
	r.Case.TimeZone = "America/St_Johns" // half an hour off
	inEach(t, func(t *testing.T, w browser) {
		b := w.report(t, r, how{})
		row := `document.querySelector('#rows-body tr.hit td.c-time').textContent`
		b.want(`/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \((\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d -0[23]:30\)$/.test(`+row+`)`, true)
		b.want(`Array.from(document.querySelectorAll('.static-rows time')).some(t => t.textContent === `+row+`)`, true)
		b.quiet()
	})
}

func TestTheKeyboardWalksAndOpensFindings(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		b := w.report(t, reporttest.Rich(), how{})
		b.press("j")
		b.want(focusCard, critical)
		b.press("j")
		b.want(focusCard, script)
		b.press(enter)
		b.wait(openCards + ".includes('" + script + "')")
		b.wait(fragment + ` === '#` + script + `'`)
		b.press(escape)
		b.wait("!" + openCards + ".includes('" + script + "')")
		b.press("k")
		b.want(focusCard, critical)
		b.press("k")
		b.want(focusCard, critical)
		choose(b, "f-status", "partial")
		b.eval(`document.activeElement.blur()`, nil)
		b.press("j")
		b.want(focusCard, partial)
		b.press("?")
		b.want(`document.getElementById('help').open`, true)
		b.press(escape)
		b.wait(`!document.getElementById('help').open`)
		b.quiet()
	})
}

func TestTheAddressKeepsWhatOneSees(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		b := w.report(t, reporttest.Rich(), how{})
		choose(b, "f-host", "fin-ws07.corp.example")
		choose(b, "f-sev", "high")
		choose(b, "f-from", "2026-03-11T14:03:22")
		b.eval(`document.getElementById('only').click()`, nil)
		b.click(`#` + script + ` > details > summary`)
		b.wait(fragment + `.includes('finding=` + script + `')`)
		seen := b.text(`location.hash`)
		cards, rows := b.text(shownCards+".join()"), b.text(shownRows)
		if cards != critical+","+script || rows != "4 of 127 rows" {
			t.Errorf("before: cards %s, %s", cards, rows)
		}
		b.goTo(seen, true)
		b.want(shownCards+".join()", cards)
		b.want(shownRows, rows)
		b.want(`location.hash`, seen)
		b.want(`[document.getElementById('f-host').value, document.getElementById('f-sev').value, document.getElementById('f-from').value, document.getElementById('only').checked]`,
			[]any{"fin-ws07.corp.example", "high", "2026-03-11T14:03:22.000", true})
		b.want(openCards+`.includes('`+script+`')`, true)
		b.goTo("#"+partial, true)
		b.want(openCards+`.includes('`+partial+`')`, true)
		b.want(`(r => r.top >= 0 && r.top < innerHeight)(document.getElementById('`+partial+
			`').getBoundingClientRect())`, true)
		// What somebody else put into an address is text, too.
		b.goTo(`#q=%3Cimg%20src%3Dx%20onerror%3Dwindow.pwned%3D1%3E&host=%22%3E%3Cscript%3E&from=xyz&finding=%22%5D`,
			true)
		b.want(`document.getElementById('q').value`, `<img src=x onerror=window.pwned=1>`)
		b.quiet()
	})
}

func TestAnEvidenceReferenceIsCopiedWithOneClick(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		r := reporttest.Rich()
		b := w.report(t, r, how{})
		b.eval(`(() => { window.copied = []; `+
			`navigator.clipboard.writeText = async s => { window.copied.push(s); }; })()`, nil)
		b.click(`#` + critical + ` .ref .copy`)
		b.wait(`window.copied.length === 1`)
		b.want(`window.copied[0]`, r.Findings[0].Evidence[0].Cite())
		b.wait(`document.getElementById('said').textContent === 'Copied'`)
		// Indicators are shown defanged and copied raw.
		b.want(`document.querySelector('#s8 tbody th').textContent`, r.Indicators[0].Defanged)
		b.eval(`document.querySelector('#s8 tbody button.copy').click()`, nil)
		b.wait(`window.copied.length === 2`)
		b.want(`window.copied[1]`, r.Indicators[0].Value)
		b.quiet()
	})
}

func TestAnEvidenceReferenceTakesOneLine(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		for _, width := range []int64{360, 1400} {
			b := w.report(t, reporttest.Rich(), how{width: width, height: 900})
			b.eval(`document.querySelectorAll('article.card details').forEach(d => d.open = true)`, nil)
			if n := b.number(`document.querySelectorAll('.ref.also code').length`); n == 0 {
				t.Fatal("no second record of an event in the report")
			}
			if high := b.text(`Array.from(document.querySelectorAll('.ref')).filter(e => e.querySelector('code') && e.clientHeight > 44).map(e => e.clientHeight + ': ' + e.textContent.slice(0, 60)).join('\n')`); high != "" {
				t.Errorf("%d wide: higher than a line:\n%s", width, high)
			}
			b.quiet()
		}
	})
}

func TestARowOfTheTableLeadsToItsBytesAndItsFinding(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		r := reporttest.Rich()
		b := w.report(t, r, how{})
		row := 0
		for i := range r.Timeline {
			if len(r.Timeline[i].Findings) > 0 && r.Timeline[i].Findings[0] == service {
				row = i
			}
		}
		b.eval(`document.getElementById('noise').click()`, nil) // else rows of noise are one
		b.wait(`document.getElementById('rows-shown').textContent.indexOf('folded') < 0`)
		b.eval(`document.getElementById('viewport').scrollIntoView()`, nil)
		b.eval(`document.getElementById('viewport').focus()`, nil)
		b.press(home)
		for range row {
			b.press(arrowDown)
		}
		b.press(enter)
		b.want(`document.querySelector('#row-detail .ref code').textContent`, r.Timeline[row].Cite())
		b.click(`#row-detail .linklike`)
		b.wait(openCards + ".includes('" + service + "')")
		b.quiet()
	})
}

func TestDraggingAcrossTheLanesChoosesASpan(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		b := w.report(t, reporttest.Rich(), how{})
		b.eval(`document.getElementById('lanes').scrollIntoView({block: 'center', behavior: 'instant'})`, nil)
		var box struct{ X, Y, W float64 }
		b.eval(`(r => ({X: r.x, Y: r.y + r.height / 2, W: r.width}))(document.querySelector('#lanes .lane-back').getBoundingClientRect())`, &box)
		b.input(input{kind: "move", x: box.X + box.W*0.3, y: box.Y},
			input{kind: "press", x: box.X + box.W*0.3, y: box.Y},
			input{kind: "move", x: box.X + box.W*0.35, y: box.Y}, input{kind: "move", x: box.X + box.W*0.4, y: box.Y},
			input{kind: "release", x: box.X + box.W*0.4, y: box.Y})
		b.wait(fragment + `.includes('from=')`)
		// The span is a tenth of the whole, and the critical chain, at a third of it, is inside.
		whole := b.number(`document.getElementById('lanes').dataset.to - document.getElementById('lanes').dataset.from`)
		chosen := b.number(
			`(p => Date.parse(p.get('to')) - Date.parse(p.get('from')))(new URLSearchParams(location.hash.slice(1)))`)
		if part := chosen / whole; part < 0.08 || part > 0.12 {
			t.Errorf("the span is %.3f of the whole, want 0.1", part)
		}
		b.want(shownCards, []string{critical, script})
		b.want(`Array.from(document.querySelectorAll('#lanes a[data-t]')).filter(a => a.getAttribute('visibility') !== 'hidden').length`, 4)
		before := chosen
		b.eval(`document.getElementById('lanes-box').focus()`, nil)
		b.press("-")
		now := b.number(
			`(p => Date.parse(p.get('to')) - Date.parse(p.get('from')))(new URLSearchParams(location.hash.slice(1)))`)
		if now < before*1.9 {
			t.Errorf("zoomed out from %g to %g", before, now)
		}
		b.press("0")
		b.want(shownCards+".length", 5)
		b.want(`Array.from(document.querySelectorAll('#lanes a[data-t]')).filter(a => a.getAttribute('visibility') !== 'hidden').length`, 7)
		b.quiet()
	})
}

func TestTheThemeFollowsTheSystemUntilChosen(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		const background = `getComputedStyle(document.body).backgroundColor`
		l := w.report(t, reporttest.Rich(), how{}).text(background)
		dark := w.report(t, reporttest.Rich(), how{dark: true})
		d := dark.text(background)
		if l == d {
			t.Errorf("light and dark have the same background %s", l)
		}
		dark.click(`#theme`) // system -> light
		dark.want(background, l)
		dark.click(`#theme`) // light -> dark
		dark.want(background, d)
		dark.click(`#theme`) // dark -> system
		dark.want(`document.documentElement.dataset.theme === undefined`, true)
		dark.quiet()
	})
}
