// The timeline's rows: columns of numbers and lists of distinct strings (html_data.go).
var rows = null;

function loadRows() {
  if (rows) { return rows; }
  var d = JSON.parse($('data').textContent);
  $('data').remove();
  ['t', 'x', 'h', 'u', 's', 'c', 'e', 'm', 'f', 'k', 'o', 'r', 'v', 'hosts', 'users', 'channels', 'codes', 'messages', 'files', 'findings', 'cards']
    .forEach(function (k) { d[k] = d[k] || []; });
  d.of = d.of || {};
  d.length = d.t.length;
  var before = d.from;
  d.t = Float64Array.from(d.t, function (v) { return v === null ? NaN : (before += v); });
  d.h = Int32Array.from(d.h); d.u = Int32Array.from(d.u); d.s = Int32Array.from(d.s); d.m = Int32Array.from(d.m);
  d.c = Int32Array.from(d.c); d.e = Int32Array.from(d.e);
  d.p = atob(d.p || '');
  d.cardOf = {};
  d.cards.forEach(function (c, i) { d.cardOf[c.id] = i; });
  rows = d;
  return d;
}

// timeText shows row i's time with all seven digits of the log.
function timeText(i) {
  var ms = rows.t[i];
  if (isNaN(ms)) { return 'time not known'; }
  var text = isoOf(ms), ticks = ('000' + rows.x[i]).slice(-4);
  return text.slice(0, 10) + ' ' + text.slice(11, 23) + ticks + 'Z';
}

// besideText is the same moment in the time zone of the case, without the day where that is the same; "" without one.
function besideText(i) {
  var ms = rows.t[i], shifts = rows.shifts;
  if (!shifts || isNaN(ms)) { return ''; }
  var n = 0;
  while (n + 1 < shifts.length && shifts[n + 1].from <= ms) { n++; }
  var minutes = shifts[n].minutes, off = Math.abs(minutes), utc = isoOf(ms), text = isoOf(ms + minutes * 60000);
  var two = function (v) { return ('0' + v).slice(-2); };
  return ' (' + (text.slice(0, 10) === utc.slice(0, 10) ? '' : text.slice(0, 10) + ' ') + text.slice(11, 19) + ' ' +
    (minutes < 0 ? '-' : '+') + two(Math.floor(off / 60)) + ':' + two(off % 60) + ')';
}

// lowered keeps each list of strings in lower case, once it has been searched.
var lowered = {};

function lower(name) {
  return lowered[name] || (lowered[name] = rows[name].map(function (s) { return s.toLowerCase(); }));
}

// matching tells for each string of a list which of the words it contains.
function matching(name, words) {
  var list = lower(name), out = new Int32Array(list.length);
  for (var w = 0; w < words.length; w++) {
    for (var i = 0; i < list.length; i++) {
      if (list[i].indexOf(words[w]) >= 0) { out[i] |= 1 << w; }
    }
  }
  return out;
}

// wordsOf are the search's words; all must be found, in any column. More than 20 are
// more than anyone types.
function wordsOf(q) { return q.toLowerCase().split(/\s+/).filter(Boolean).slice(0, 20); }

// visibleRows are the indices of the rows that pass the filters.
function visibleRows() {
  var d = loadRows(), out = new Int32Array(d.length), n = 0;
  var words = wordsOf(state.q), all = (1 << words.length) - 1;
  var host = state.host ? d.hosts.indexOf(state.host) : -1, user = state.user ? d.users.indexOf(state.user) : -1;
  var sev = state.sev ? severities.indexOf(state.sev) : 9;
  var lists = words.length ? [['messages', d.m], ['hosts', d.h], ['users', d.u], ['channels', d.c], ['codes', d.e]].map(function (p) {
    return [matching(p[0], words), p[1]];
  }) : [];
  var ids = words.length ? matching('findings', words) : null;
  var cards = state.tech || state.status ? visibleFindings() : null;
  for (var i = 0; i < d.length; i++) {
    if (state.host && d.h[i] !== host) { continue; }
    if (state.user && d.u[i] !== user) { continue; }
    if (d.s[i] > sev) { continue; }
    if (state.from !== null && !(d.t[i] >= state.from)) { continue; }
    if (state.to !== null && !(d.t[i] <= state.to)) { continue; }
    var of = d.of[i];
    if (!of && (state.only || cards)) { continue; }
    if (cards && !of.some(function (f) { return cards[d.findings[f]]; })) { continue; }
    if (words.length) {
      var bits = 0;
      for (var l = 0; l < lists.length; l++) { bits |= lists[l][0][lists[l][1][i]]; }
      if (of) { for (var k = 0; k < of.length; k++) { bits |= ids[of[k]]; } }
      if (bits !== all) { continue; }
    }
    out[n++] = i;
  }
  return out.subarray(0, n);
}

// isNoise tells which rows are noise: no finding's, and of an event id that fills more than a tenth of the rows.
var noise = null;
function isNoise() {
  if (noise) { return noise; }
  var d = loadRows(), count = {}, key = function (i) { return d.c[i] * 65536 + d.e[i]; };
  noise = new Uint8Array(d.length);
  for (var i = 0; i < d.length; i++) { if (!d.of[i]) { count[key(i)] = (count[key(i)] || 0) + 1; } }
  for (i = 0; i < d.length; i++) { noise[i] = !d.of[i] && count[key(i)] > 10 && count[key(i)] > d.length / 10 ? 1 : 0; }
  return noise;
}

// foldNoise makes one row of noise that follows on noise. folded keeps what it stands for: its first row -> all.
var folded = {};
var foldedRows = 0;
function foldNoise(list) {
  folded = {}; foldedRows = 0;
  if (state.noise || state.q) { return list; }
  var is = isNoise(), out = new Int32Array(list.length), n = 0;
  for (var k = 0; k < list.length; k++) {
    var i = list[k], first = n ? out[n - 1] : -1;
    if (is[i] && first >= 0 && is[first]) {
      (folded[first] = folded[first] || [first]).push(i);
      foldedRows++;
      continue;
    }
    out[n++] = i;
  }
  return out.subarray(0, n);
}

// foldedHosts says where it happened.
function foldedHosts(i) {
  var hosts = {};
  folded[i].forEach(function (k) { hosts[rows.h[k]] = true; });
  var n = Object.keys(hosts).length;
  return n > 1 ? n + ' hosts' : rows.hosts[rows.h[i]];
}

// foldedText says what a row of folded noise stands for.
function foldedText(i) {
  var count = {}, order = [];
  folded[i].forEach(function (k) {
    var name = channelName(k) + ' ' + rows.codes[rows.e[k]];
    if (!count[name]) { count[name] = 0; order.push(name); }
    count[name]++;
  });
  return folded[i].length.toLocaleString('en') + ' events folded: ' + order.map(function (n) { return n + ' \u00d7 ' + count[n]; }).join(', ') +
    ', until ' + timeText(folded[i][folded[i].length - 1]).slice(11, 19) + '; first: ' + rows.messages[rows.m[i]];
}

function channelName(i) { return rows.channels[rows.c[i]].replace('Microsoft-Windows-', '').replace('/Operational', ''); }

// visibleFindings are the ids of the findings with the chosen technique and status.
function visibleFindings() {
  var out = {};
  loadRows().cards.forEach(function (c) {
    if (state.tech && c.tech.indexOf(state.tech) < 0) { return; }
    if (state.status && c.status !== state.status) { return; }
    out[c.id] = true;
  });
  return out;
}

// payloadHash is the hash of row i's record in hex; a row without one has zeros.
function payloadHash(i) {
  var hex = Array.from(rows.p.slice(32 * i, 32 * i + 32), function (c) { return c.charCodeAt(0).toString(16).padStart(2, '0'); }).join('');
  return /[^0]/.test(hex) ? hex : '';
}

// citation is the evidence reference of row i, as Ref.Cite in Go writes it.
function citation(i) {
  var d = rows, time = timeText(i).replace(' ', 'T');
  if (isNaN(d.t[i])) { time = 'time not known'; }
  var offset = d.o[i].toString(16).toUpperCase().padStart(8, '0');
  var parts = [d.hosts[d.h[i]], d.files[d.f[i]], 'chunk ' + d.k[i], 'offset 0x' + offset, 'record ' + d.r[i],
    d.channels[d.c[i]] + ' ' + d.codes[d.e[i]], time, 'payload sha256:' + payloadHash(i)];
  if (d.v.indexOf(i) >= 0) { parts.push('carved'); }
  return parts.join(' | ');
}
