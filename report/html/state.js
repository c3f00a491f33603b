// The state of the view: search, filters, the span of time, the open finding. It lives in
// the URL's fragment, so that the address of what one sees can be handed on.
var $ = function (id) { return document.getElementById(id); };
var severities = ['critical', 'high', 'medium', 'low', 'info', 'context'];
var state = { q: '', host: '', user: '', sev: '', tech: '', status: '', from: null, to: null, only: false, noise: false, finding: '' };
var listeners = [];

function onChange(f) { listeners.push(f); }

// change merges what is new into the state and tells everybody.
function change(what, keepURL) {
  Object.keys(what).forEach(function (k) { state[k] = what[k]; });
  var began = performance.now();
  if (!keepURL) { writeURL(); }
  listeners.forEach(function (f) { f(); });
  performance.measure('hunt-change', { start: began }); // the browser tests hold it to a tenth of a second
}

function isoOf(ms) { return new Date(ms).toISOString(); }

// timeOf reads what an analyst types: 2026-11-20, 2026-11-20T14:03, with or without
// seconds and Z, always UTC; null where it is no time.
function timeOf(text) {
  text = text.trim().replace(' ', 'T').replace(/Z$/, '');
  if (!/^\d{4}-\d\d-\d\d(T\d\d(:\d\d(:\d\d(\.\d+)?)?)?)?$/.test(text)) { return null; }
  if (text.length === 10) { text += 'T00:00'; }
  if (text.length === 13) { text += ':00'; }
  var ms = Date.parse(text + 'Z');
  return isNaN(ms) ? null : ms;
}

function writeURL() {
  var p = new URLSearchParams();
  ['q', 'host', 'user', 'sev', 'tech', 'status', 'finding'].forEach(function (k) { if (state[k]) { p.set(k, state[k]); } });
  if (state.from !== null) { p.set('from', isoOf(state.from)); }
  if (state.to !== null) { p.set('to', isoOf(state.to)); }
  if (state.only) { p.set('only', '1'); }
  if (state.noise) { p.set('noise', '1'); }
  var text = p.toString();
  // A bare finding is also a fragment that works without scripts.
  if (text === 'finding=' + encodeURIComponent(state.finding)) { text = state.finding; }
  try { history.replaceState(null, '', '#' + text); } catch (e) { /* some browsers refuse on file: when called often */ }
}

// readURL takes the state from the fragment: either a list of settings, or the id of a
// finding or section.
function readURL() {
  var text = location.hash.slice(1);
  var fresh = { q: '', host: '', user: '', sev: '', tech: '', status: '', from: null, to: null, only: false, noise: false, finding: '' };
  if (text.indexOf('=') < 0) {
    var el = text && $(text);
    if (!el) { return text ? null : fresh; }
    if (!el.classList.contains('card')) { return null; } // a section: the browser scrolls there
    fresh.finding = text;
    return fresh;
  }
  var p = new URLSearchParams(text);
  ['q', 'host', 'user', 'sev', 'tech', 'status', 'finding'].forEach(function (k) { fresh[k] = p.get(k) || ''; });
  fresh.from = p.get('from') ? timeOf(p.get('from')) : null;
  fresh.to = p.get('to') ? timeOf(p.get('to')) : null;
  fresh.only = p.get('only') === '1';
  fresh.noise = p.get('noise') === '1';
  return fresh;
}

function say(text) { $('said').textContent = text; }

// make builds an element; text only ever becomes a text node.
function make(name, className, text) {
  var el = document.createElement(name);
  if (className) { el.className = className; }
  if (text !== undefined) { el.textContent = text; }
  return el;
}

// copyButton copies the evidence reference before it.
function copyButton() {
  var b = make('button', 'copy', 'Copy');
  b.type = 'button';
  b.setAttribute('aria-label', 'Copy this evidence reference');
  return b;
}
