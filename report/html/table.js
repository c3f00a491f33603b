// The table of all rows draws only those that can be seen.
var rowHeight = 29; // 28 px and the line; style.css sets the same
var shownRows = new Int32Array(0);
var drawn = { from: -1, to: -1 };
var current = -1; // position in shownRows

function filterTable() {
  shownRows = foldNoise(visibleRows());
  drawn = { from: -1, to: -1 };
  current = Math.min(current, shownRows.length - 1);
  $('rows-shown').textContent = (shownRows.length + foldedRows).toLocaleString('en') + ' of ' + rows.length.toLocaleString('en') + ' rows' +
    (foldedRows ? ', ' + foldedRows.toLocaleString('en') + ' folded' : '');
  $('rows-table').setAttribute('aria-rowcount', shownRows.length + 1);
  drawTable();
}

function drawTable() {
  var view = $('viewport'), body = $('rows-body');
  var from = Math.max(0, Math.floor(view.scrollTop / rowHeight) - 8);
  var to = Math.min(shownRows.length, from + Math.ceil(view.clientHeight / rowHeight) + 16);
  from = Math.min(from, to);
  if (from === drawn.from && to === drawn.to) { return; }
  drawn = { from: from, to: to };
  var part = document.createDocumentFragment();
  part.appendChild(spacer(from * rowHeight));
  for (var n = from; n < to; n++) { part.appendChild(rowElement(n)); }
  part.appendChild(spacer((shownRows.length - to) * rowHeight));
  if (!shownRows.length) {
    var none = make('tr'), cell = make('td', 'none', 'No row matches the search and filters.');
    cell.colSpan = 7; none.appendChild(cell); part.appendChild(none);
  }
  body.replaceChildren(part);
}

function spacer(height) {
  var tr = make('tr', 'spacer'), td = make('td');
  tr.setAttribute('aria-hidden', 'true');
  td.colSpan = 7;
  td.style.height = height + 'px';
  tr.appendChild(td);
  return tr;
}

function rowElement(n) {
  var d = rows, i = shownRows[n], of = d.of[i], tr = make('tr', (of ? 'hit' : '') + (n === current ? ' current' : ''));
  tr.dataset.n = n;
  tr.setAttribute('aria-rowindex', n + 2);
  var time = make('td', 'c-time', timeText(i).slice(0, 19) + besideText(i));
  time.title = timeText(i) + besideText(i);
  tr.appendChild(time);
  tr.appendChild(make('td', 'c-sev sev-' + (d.s[i] > 4 ? 'none' : severities[d.s[i]]), severities[d.s[i]]));
  tr.appendChild(make('td', 'c-host', folded[i] ? foldedHosts(i) : d.hosts[d.h[i]]));
  tr.appendChild(make('td', 'c-user', d.users[d.u[i]]));
  tr.appendChild(make('td', 'c-event', channelName(i) + ' ' + d.codes[d.e[i]]));
  tr.appendChild(make('td', 'c-what' + (folded[i] ? ' folded' : ''), folded[i] ? foldedText(i) : d.messages[d.m[i]]));
  tr.appendChild(make('td', 'c-of', of ? of.map(function (f) { return d.findings[f]; }).join(' ') : ''));
  return tr;
}

// select makes row n of the shown ones the current one and brings it into view.
function select(n) {
  if (!shownRows.length) { return; }
  current = Math.max(0, Math.min(n, shownRows.length - 1));
  var view = $('viewport'), top = current * rowHeight, head = 30;
  if (top < view.scrollTop) { view.scrollTop = top; }
  if (top + rowHeight + head > view.scrollTop + view.clientHeight) { view.scrollTop = top + rowHeight + head - view.clientHeight; }
  drawn = { from: -1, to: -1 };
  drawTable();
  say(timeText(shownRows[current]) + ', ' + rows.messages[rows.m[shownRows[current]]]);
}

// showRow opens the row's whole text and its reference below the table.
function showRow(n) {
  if (n < 0 || n >= shownRows.length) { return; }
  select(n);
  if (folded[shownRows[n]]) { change({ noise: true }); return; }
  var d = rows, i = shownRows[n], box = $('row-detail'), head = make('p'), ref = make('p', 'ref');
  head.appendChild(make('b', '', timeText(i) + besideText(i)));
  head.appendChild(document.createTextNode(' · ' + d.hosts[d.h[i]] + ' · ' + (d.users[d.u[i]] || 'no user') + ' · ' + d.channels[d.c[i]] + ' ' + d.codes[d.e[i]]));
  ref.appendChild(make('code', '', citation(i)));
  ref.appendChild(copyButton());
  box.replaceChildren(head, make('p', 'log', d.messages[d.m[i]]), ref);
  (d.of[i] || []).forEach(function (f) {
    var id = d.findings[f], c = d.cardOf[id];
    if (c === undefined) { box.appendChild(make('span', 'quiet', id + ' ')); return; }
    var b = make('button', 'linklike', 'finding ' + id);
    b.type = 'button';
    b.addEventListener('click', function () { change({ finding: d.cards[c].a }); });
    box.appendChild(b);
    box.appendChild(document.createTextNode(' '));
  });
  box.hidden = false;
}

function startTable() {
  var view = $('viewport'), d = loadRows(); // a host's name is never cut
  var longest = d.hosts.reduce(function (n, h) { return Math.max(n, h.length); }, 12);
  $('rows-table').style.setProperty('--host', longest * 0.52 + 1 + 'rem');
  $('rows-table').style.minWidth = 860 + longest * 8 + 'px';
  view.addEventListener('scroll', function () { requestAnimationFrame(drawTable); }, { passive: true });
  view.addEventListener('keydown', function (e) {
    var page = Math.floor(view.clientHeight / rowHeight) - 1;
    var to = { ArrowDown: current + 1, ArrowUp: current - 1, PageDown: current + page, PageUp: current - page, Home: 0, End: shownRows.length - 1 }[e.key];
    if (to !== undefined) { select(to); e.preventDefault(); return; }
    if (e.key === 'Enter' && current >= 0) { showRow(current); e.preventDefault(); }
  });
  $('rows-body').addEventListener('click', function (e) {
    var tr = e.target.closest('tr[data-n]');
    if (tr) { showRow(Number(tr.dataset.n)); }
  });
  $('only').addEventListener('change', function () { change({ only: $('only').checked }); });
  $('noise').addEventListener('change', function () { change({ noise: $('noise').checked }); });
  window.addEventListener('resize', drawTable);
}
