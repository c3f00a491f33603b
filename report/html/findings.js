// The findings' cards: filtered, walked through, opened.
var cards = [];

function startFindings() {
  cards = Array.from(document.querySelectorAll('article.card'), function (el) {
    var c = { el: el, details: el.querySelector('details'), summary: el.querySelector('summary'), text: null };
    if (c.details.open) { addCopies(el); }
    c.details.addEventListener('toggle', function () {
      if (c.details.open) { addCopies(el); }
      if (printing || c.details.open && !ready || !c.details.open && state.finding !== el.id) { return; }
      follow(c.details.open ? el.id : '');
    });
    return c;
  });
}

// follow makes a finding the one of the address; of many that open together, the last.
var following = null;
function follow(id) {
  if (following === null) { setTimeout(function () { var c = { finding: following }; following = null; change(c); }, 0); }
  following = id;
}

// addCopies puts a copy button behind each evidence reference of a card when it first
// opens: a large report has thousands.
function addCopies(card) {
  card.querySelectorAll('.ref > code:last-child').forEach(function (code) { code.after(copyButton()); });
}

document.addEventListener('click', function (e) {
  var b = e.target.closest('button.around');
  if (b) { showAround(b.closest('article.card')); }
});

function filterFindings() {
  var d = loadRows(), words = wordsOf(state.q), sev = state.sev ? severities.indexOf(state.sev) : 9, shown = 0;
  d.cards.forEach(function (f, i) {
    var c = cards[i];
    if (!c) { return; }
    var ok = (!state.host || f.host === state.host) && (!state.user || f.user === state.user) && f.sev <= sev &&
      (!state.tech || f.tech.indexOf(state.tech) >= 0) && (!state.status || f.status === state.status) &&
      (state.from === null || f.end === null && f.start === null || (f.end === null ? f.start : f.end) >= state.from) &&
      (state.to === null || f.start === null || f.start <= state.to);
    if (ok && words.length) {
      readCard(c);
      ok = words.every(function (w) { return c.text.indexOf(w) >= 0; });
    }
    if (c.el.hidden === ok) { c.el.hidden = !ok; }
    if (ok) { shown++; }
  });
  document.querySelectorAll('details.rule').forEach(function (g) {
    var some = Array.from(g.querySelectorAll('article.card')).some(function (el) { return !el.hidden; });
    g.hidden = !some;
    if (some && words.length && !g.open) { g.open = true; g.dataset.opened = '1'; }
    if (!words.length && g.dataset.opened) { g.open = false; delete g.dataset.opened; }
  });
  document.querySelectorAll('div.case').forEach(function (g) {
    g.hidden = !Array.from(g.querySelectorAll('article.card')).some(function (el) { return !el.hidden; });
  });
  $('no-match').hidden = shown > 0 || !d.cards.length;
  $('shown').textContent = filtered() ? shown + ' of ' + d.cards.length + ' findings' : '';
}

function readCard(c) {
  if (c.text === null) { c.text = c.el.textContent.toLowerCase(); }
}

// readAhead takes in the texts of cards and rows while nothing else happens, so that the
// first search is as quick as the next.
function readAhead() {
  var next = 0, idle = window.requestIdleCallback || function (f) { return setTimeout(function () { f({ timeRemaining: function () { return 5; } }); }, 50); };
  idle(function more(time) {
    while (next < cards.length && time.timeRemaining() > 2) { readCard(cards[next++]); }
    if (next < cards.length) { idle(more); return; }
    lower('messages');
    document.documentElement.dataset.read = 'true';
  });
}

// filtered counts the filters that are set.
function filtered() {
  return ['q', 'host', 'user', 'sev', 'tech', 'status'].filter(function (k) { return state[k]; }).length +
    (state.from !== null || state.to !== null ? 1 : 0);
}

// showAround shows the rows of the timeline within two minutes of a finding on its host.
function showAround(card) {
  var f = loadRows().cards[cards.findIndex(function (c) { return c.el === card; })], reach = 120000;
  if (!f || !$('viewport')) { return; }
  change({ q: '', host: f.host, user: '', sev: '', tech: '', status: '', from: f.start === null ? null : f.start - reach, to: f.end === null ? null : f.end + reach });
  $('viewport').scrollIntoView({ block: 'center' });
}

// step moves to the next or previous finding that the filters show.
function step(by) {
  var list = cards.filter(function (c) { return !c.el.hidden; });
  if (!list.length) { return; }
  var here = list.findIndex(function (c) { return c.el.contains(document.activeElement); });
  var next = here < 0 ? (by > 0 ? 0 : list.length - 1) : Math.max(0, Math.min(list.length - 1, here + by));
  reveal(list[next].el);
  list[next].summary.focus({ preventScroll: true });
  list[next].el.scrollIntoView({ block: 'nearest' });
}

// openFinding opens the finding of the state and brings it into view.
var opened = '';
function openFinding() {
  if (state.finding === opened) { return; }
  opened = state.finding;
  var el = state.finding && $(state.finding);
  if (!el || !el.classList.contains('card')) { return; }
  var details = el.querySelector('details');
  reveal(el);
  if (!details.open) { details.open = true; }
  var box = el.getBoundingClientRect();
  if (box.top < 60 || box.top > window.innerHeight * 0.7) { el.scrollIntoView({ block: 'start' }); }
  el.querySelector('summary').focus({ preventScroll: true });
}
