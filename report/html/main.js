// The page starts here.
var ready = false;
var printing = false;
var fields = { 'f-host': 'host', 'f-user': 'user', 'f-sev': 'sev', 'f-tech': 'tech', 'f-status': 'status' };

function showFields() {
  if ($('q').value !== state.q) { $('q').value = state.q; }
  Object.keys(fields).forEach(function (id) { $(id).value = state[fields[id]]; });
  [['f-from', 'from'], ['f-to', 'to']].forEach(function (p) {
    if (document.activeElement !== $(p[0])) { $(p[0]).value = state[p[1]] === null ? '' : isoOf(state[p[1]]).replace('Z', ''); }
  });
  if ($('only')) { $('only').checked = state.only; }
  if ($('noise')) { $('noise').checked = state.noise; }
  var n = filtered() - (state.q ? 1 : 0);
  $('active').textContent = n ? '(' + n + ')' : '';
}

function clearAll() {
  change({ q: '', host: '', user: '', sev: '', tech: '', status: '', from: null, to: null, only: false, noise: false });
}

function startFields() {
  var timer = 0;
  $('filters').addEventListener('submit', function (e) { e.preventDefault(); });
  $('q').addEventListener('input', function () {
    clearTimeout(timer);
    timer = setTimeout(function () { change({ q: $('q').value }); say($('shown').textContent); }, 80);
  });
  Object.keys(fields).forEach(function (id) {
    $(id).addEventListener('change', function () { var c = {}; c[fields[id]] = $(id).value; change(c); say($('shown').textContent); });
  });
  [['f-from', 'from'], ['f-to', 'to']].forEach(function (p) {
    $(p[0]).addEventListener('change', function () {
      var text = $(p[0]).value, ms = timeOf(text), c = {};
      $(p[0]).setAttribute('aria-invalid', text && ms === null ? 'true' : 'false');
      if (text && ms === null) { say('Not a time: write it as 2026-11-20T14:03'); return; }
      c[p[1]] = ms;
      change(c);
    });
  });
  $('filters').addEventListener('reset', function (e) { e.preventDefault(); clearAll(); });
  $('clear2').addEventListener('click', clearAll);
  document.addEventListener('click', function (e) { // the filters close when one clicks elsewhere
    var more = document.querySelector('.filters .more');
    if (more.open && !more.contains(e.target)) { more.open = false; }
  });
}

function startKeys() {
  document.addEventListener('keydown', function (e) {
    if (e.ctrlKey || e.altKey || e.metaKey) { return; }
    var typing = /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName);
    if (e.key === 'Escape') {
      if ($('help').open) { return; } // the dialog closes itself
      var more = document.querySelector('.filters .more');
      if (more.open) { more.open = false; more.querySelector('summary').focus(); return; }
      if (state.q) { change({ q: '' }); $('q').blur(); return; }
      if (typing) { e.target.blur(); return; }
      var card = e.target.closest && e.target.closest('article.card');
      if (card) { card.querySelector('details').open = false; card.querySelector('summary').focus(); }
      return;
    }
    if (typing || $('help').open) { return; }
    if (e.key === '/') { $('q').focus(); $('q').select(); } else if (e.key === 'j') { step(1); } else if (e.key === 'k') { step(-1); } else if (e.key === '?') { $('help').showModal(); } else { return; }
    e.preventDefault();
  });
  $('keys').addEventListener('click', function () { $('help').showModal(); });
}

function startTheme() {
  var order = ['system', 'light', 'dark'], root = document.documentElement;
  var now = function () { return root.dataset.theme || 'system'; };
  var label = function () {
    $('theme').textContent = 'Theme: ' + now();
    $('theme').setAttribute('aria-label', 'Colour theme: ' + now());
  };
  $('theme').addEventListener('click', function () {
    var next = order[(order.indexOf(now()) + 1) % order.length];
    if (next === 'system') { delete root.dataset.theme; } else { root.dataset.theme = next; }
    try { localStorage.setItem('hunt-theme', next); } catch (e) { /* kept for this view only */ }
    label();
  });
  label();
}

// copyText copies; where the clipboard is closed to pages from disk, by a selection.
function copyText(text) {
  var old = function () {
    var area = make('textarea', 'visually-hidden');
    area.value = text;
    document.body.appendChild(area);
    area.select();
    var ok = document.execCommand('copy');
    area.remove();
    return ok ? Promise.resolve() : Promise.reject(new Error('no clipboard'));
  };
  return navigator.clipboard ? navigator.clipboard.writeText(text).catch(old) : old();
}

function startCopy() {
  document.addEventListener('click', function (e) {
    var ref = e.target.closest('.ref code');
    if (ref) { ref.classList.toggle('full'); return; }
    var b = e.target.closest('button.copy');
    if (!b) { return; }
    // An evidence reference is the text before its button; all else is named by it.
    copyText(b.dataset.copy === undefined ? b.previousElementSibling.textContent : b.dataset.copy).then(function () { b.textContent = 'Copied'; b.classList.add('done'); say('Copied'); },
      function () { b.textContent = 'Select and copy'; });
    setTimeout(function () { b.textContent = 'Copy'; b.classList.remove('done'); }, 1500);
  });
}

function startPrint() {
  var closed = [];
  window.addEventListener('beforeprint', function () {
    printing = true;
    closed = Array.from(document.querySelectorAll('main details:not([open]):not(.noprint)'));
    document.documentElement.dataset.print = $('print-all').checked ? 'all' : 'short';
    closed.forEach(function (d) { d.open = true; });
  });
  window.addEventListener('afterprint', function () {
    closed.forEach(function (d) { d.open = false; });
    setTimeout(function () { printing = false; }, 0);
  });
}

// openSection opens the part of the appendix, or the incident, that the address leads to.
function openSection() {
  var el = $(location.hash.slice(1)), d = el && el.querySelector('.incident > details, :scope > details.appendix');
  if (d) { d.open = true; }
  d = el && el.matches('tr') && el.closest('details.appendix');
  if (d && !d.open) { d.open = true; el.scrollIntoView(); }
}

function start() {
  document.querySelectorAll('.needs-script').forEach(function (el) { el.hidden = false; });
  startFindings();
  startFields();
  startSearch();
  startKeys();
  startTheme();
  startCopy();
  startPrint();
  if ($('brush')) { $('brush').setAttribute('height', $('brush').getAttribute('height')); }
  startLanes();
  if ($('viewport')) { startTable(); }
  onChange(showFields);
  onChange(filterFindings);
  if ($('viewport')) { onChange(filterTable); }
  onChange(findHits);
  onChange(drawLanes);
  onChange(openFinding);
  window.addEventListener('hashchange', openSection);
  window.addEventListener('hashchange', function () { var s = readURL(); if (s) { change(s, true); } });
  // The rows are read once the page has been painted.
  requestAnimationFrame(function () {
    setTimeout(function () {
      var s = readURL();
      change(s || {}, true);
      openSection();
      ready = true;
      document.documentElement.dataset.ready = 'true';
      readAhead();
    }, 0);
  });
}

start();
