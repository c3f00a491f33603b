// The hits of the search: findings, rows of the timeline, and everything else that a table or a list tells.
// Enter and Shift+Enter in the search field go from one to the next.
var places = null; // what is searched beside findings and rows, in the order of the page
var hits = { before: [], rows: 0, after: [], at: -1 };

function loadPlaces() {
  if (places) { return places; }
  var timeline = $('viewport');
  places = Array.from(document.querySelectorAll('main article.incident, main tbody tr, main .recommendations > li, main details.host'), function (el) {
    return el;
  }).filter(function (el) {
    return !el.closest('article.card, .static-rows, #rows-table, figure') && !(el.tagName === 'TR' && el.closest('article.incident'));
  }).map(function (el) {
    var section = el.closest('section'), after = !!timeline && !!(timeline.compareDocumentPosition(el) & Node.DOCUMENT_POSITION_FOLLOWING);
    return { el: el, text: null, section: section ? section.querySelector('h2').lastChild.textContent.trim().toLowerCase() : '', after: after };
  });
  return places;
}

// findHits collects the hits of the search, and says how many there are and where.
function findHits() {
  var words = wordsOf(state.q), count = {}, order = [];
  hits = { before: [], rows: 0, after: [], at: -1 };
  document.querySelectorAll('.found').forEach(function (el) { el.classList.remove('found'); });
  $('next').hidden = !words.length;
  if (!words.length) { return; }
  var add = function (name, n) {
    if (!n) { return; }
    if (!count[name]) { count[name] = 0; order.push(name); }
    count[name] += n;
  };
  var found = loadPlaces().filter(function (p) {
    if (p.text === null) { p.text = p.el.textContent.toLowerCase(); }
    return words.every(function (w) { return p.text.indexOf(w) >= 0; });
  });
  found.filter(function (p) { return !p.after; }).forEach(function (p) { add(p.section, 1); hits.before.push(p.el); });
  var shown = cards.filter(function (c) { return !c.el.hidden; });
  add('findings', shown.length);
  shown.forEach(function (c) { hits.before.push(c.el); });
  hits.before.sort(function (a, b) { return a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1; });
  hits.rows = $('viewport') ? shownRows.length : 0;
  add('timeline', hits.rows);
  found.filter(function (p) { return p.after; }).forEach(function (p) { add(p.section, 1); hits.after.push(p.el); });
  var n = hits.before.length + hits.rows + hits.after.length;
  $('shown').textContent = n ? n.toLocaleString('en') + (n === 1 ? ' hit: ' : ' hits: ') + order.map(function (name) {
    return name + ' ' + count[name].toLocaleString('en');
  }).join(', ') : 'no hit';
}

// jump goes to the next or previous hit.
function jump(by) {
  var n = hits.before.length + hits.rows + hits.after.length;
  if (!n) { return; }
  hits.at = hits.at < 0 && by < 0 ? n - 1 : (hits.at + by + n) % n;
  document.querySelectorAll('.found').forEach(function (el) { el.classList.remove('found'); });
  var i = hits.at;
  say('hit ' + (i + 1) + ' of ' + n);
  $('place').textContent = (i + 1).toLocaleString('en') + ' of ' + n.toLocaleString('en');
  if (i >= hits.before.length && i < hits.before.length + hits.rows) {
    select(i - hits.before.length);
    $('viewport').scrollIntoView({ block: 'center' });
    return;
  }
  var el = i < hits.before.length ? hits.before[i] : hits.after[i - hits.before.length - hits.rows];
  reveal(el);
  el.classList.add('found');
  el.scrollIntoView({ block: el.offsetHeight > innerHeight / 2 ? 'start' : 'center' });
}

// reveal opens what an element is folded into.
function reveal(el) {
  if (el.matches('.incident')) { el.querySelector('details').open = true; }
  for (var d = el.parentElement && el.parentElement.closest('details'); d; d = d.parentElement.closest('details')) {
    if (!d.open) { d.open = true; }
  }
}

function startSearch() {
  $('q').addEventListener('keydown', function (e) {
    if (e.key !== 'Enter') { return; }
    e.preventDefault();
    if ($('q').value !== state.q) { change({ q: $('q').value }); }
    jump(e.shiftKey ? -1 : 1);
  });
  $('next').querySelectorAll('button').forEach(function (b) {
    b.addEventListener('click', function () { jump(Number(b.dataset.by)); });
  });
}
