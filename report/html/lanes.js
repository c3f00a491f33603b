// The swim lanes are drawn in Go; here they are zoomed, and a span is chosen by dragging.
var plot = { left: 160, width: 830 }; // as html_svg.go
var lanes = null;

function startLanes() {
  var svg = $('lanes');
  if (!svg) { return; }
  lanes = {
    svg: svg, whole: [Number(svg.dataset.from), Number(svg.dataset.to)],
    marks: svg.querySelectorAll('a[data-t]'), bands: svg.querySelectorAll('rect.band[data-f]'), drawnFor: '',
  };
  var start = null, brush = $('brush');
  function at(e) {
    var p = new DOMPoint(e.clientX, e.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return Math.max(plot.left, Math.min(plot.left + plot.width, p.x));
  }
  svg.addEventListener('pointerdown', function (e) { if (e.button === 0 && e.pointerType !== 'touch') { start = at(e); } });
  svg.addEventListener('pointermove', function (e) {
    if (start === null) { return; }
    var x = at(e);
    if (Math.abs(x - start) > 4 && !svg.hasPointerCapture(e.pointerId)) { svg.setPointerCapture(e.pointerId); }
    brush.setAttribute('x', Math.min(x, start));
    brush.setAttribute('width', Math.abs(x - start));
  });
  svg.addEventListener('pointerup', function (e) {
    var x = at(e), from = start;
    start = null;
    brush.setAttribute('width', 0);
    if (from === null || Math.abs(x - from) <= 4) { return; }
    var s = span(), scale = (s[1] - s[0]) / plot.width;
    setSpan(s[0] + (Math.min(x, from) - plot.left) * scale, s[0] + (Math.max(x, from) - plot.left) * scale);
  });
  svg.addEventListener('pointercancel', function () { start = null; brush.setAttribute('width', 0); });
  svg.addEventListener('dragstart', function (e) { e.preventDefault(); });
  svg.addEventListener('click', function (e) {
    var a = e.target.closest('a[data-t]');
    if (a) { e.preventDefault(); change({ finding: a.getAttribute('href').slice(1) }); }
  });
  $('zoom-in').addEventListener('click', function () { zoom(0.5); });
  $('zoom-out').addEventListener('click', function () { zoom(2); });
  $('zoom-all').addEventListener('click', function () { change({ from: null, to: null }); });
  $('lanes-box').addEventListener('keydown', function (e) {
    var step = { ArrowLeft: -0.2, ArrowRight: 0.2 }[e.key];
    if (e.key === '+' || e.key === '=') { zoom(0.5); } else if (e.key === '-') { zoom(2); } else if (e.key === '0') { change({ from: null, to: null }); } else if (step) { move(step); } else { return; }
    e.preventDefault();
  });
}

// span is what the lanes show: the chosen span of time, or all.
function span() {
  var from = state.from === null ? lanes.whole[0] : state.from, to = state.to === null ? lanes.whole[1] : state.to;
  return to > from ? [from, to] : lanes.whole;
}

function setSpan(from, to) {
  if (from <= lanes.whole[0] && to >= lanes.whole[1]) { change({ from: null, to: null }); return; }
  if (to - from < 10) { to = from + 10; }
  change({ from: Math.round(from), to: Math.round(to) });
}

function zoom(factor) {
  var s = span(), mid = (s[0] + s[1]) / 2, half = (s[1] - s[0]) / 2 * factor;
  setSpan(Math.max(mid - half, lanes.whole[0]), Math.min(mid + half, lanes.whole[1]));
}

function move(part) {
  var s = span(), by = (s[1] - s[0]) * part;
  by = Math.max(lanes.whole[0] - s[0], Math.min(by, lanes.whole[1] - s[1]));
  setSpan(s[0] + by, s[1] + by);
}

function drawLanes() {
  if (!lanes) { return; }
  var s = span();
  if (rows) { drawDensity(s); }
  if (s.join() === lanes.drawnFor) { return; }
  lanes.drawnFor = s.join();
  var scale = plot.width / (s[1] - s[0]);
  var x = function (ms) { return plot.left + (ms - s[0]) * scale; };
  lanes.marks.forEach(function (a) {
    var ms = Number(a.dataset.t), inside = ms >= s[0] && ms <= s[1];
    a.setAttribute('visibility', inside ? 'visible' : 'hidden');
    if (inside) { a.setAttribute('transform', 'translate(' + x(ms).toFixed(2) + ' 12)'); }
  });
  lanes.bands.forEach(function (r) {
    var from = Math.max(x(Number(r.dataset.f)), plot.left), to = Math.min(x(Number(r.dataset.t)), plot.left + plot.width);
    r.setAttribute('visibility', to > from ? 'visible' : 'hidden');
    if (to > from) { r.setAttribute('x', from); r.setAttribute('width', Math.max(to - from, 1)); }
  });
  drawAxis(s, x);
}

var svgNS = 'http://www.w3.org/2000/svg';

function drawDensity(s) {
  var bins = 166, hosts = rows.hosts, at = rows.h, times = rows.t, counts = {};
  for (var n = 0; n < shownRows.length; n++) {
    var i = shownRows[n], b = Math.floor((times[i] - s[0]) / (s[1] - s[0]) * bins);
    if (!(b >= 0 && b < bins)) { continue; }
    var c = counts[at[i]] || (counts[at[i]] = new Int32Array(bins));
    c[b]++;
  }
  lanes.svg.querySelectorAll('g.lane').forEach(function (g) {
    var c = counts[hosts.indexOf(g.dataset.host)];
    var d = '';
    if (c) {
      var most = Math.max.apply(null, c), step = plot.width / bins;
      for (var b = 0; b < bins; b++) {
        if (!c[b]) { continue; }
        var h = 2 + c[b] / most * 10;
        d += 'M' + (plot.left + b * step).toFixed(2) + ' ' + (32 - h).toFixed(1) + 'h' + (step - 0.5).toFixed(2) + 'V32h-' + (step - 0.5).toFixed(2) + 'Z';
      }
    }
    g.querySelector('.density').setAttribute('d', d);
  });
}

var tickSteps = [1, 10, 100, 500, 1e3, 5e3, 15e3, 3e4, 6e4, 3e5, 9e5, 18e5, 36e5, 108e5, 216e5, 432e5, 864e5, 6048e5, 24192e5];

function drawAxis(s, x) {
  var step = tickSteps.find(function (t) { return (s[1] - s[0]) / t < 6; }) || 24192e5;
  while ((s[1] - s[0]) / step >= 6) { step *= 2; }
  var part = document.createDocumentFragment(), end = Number($('brush').getAttribute('height'));
  for (var t = Math.ceil(s[0] / step) * step; t < s[1]; t += step) {
    if (x(t) < plot.left + 30 || x(t) > plot.left + plot.width - 40) { continue; }
    var line = document.createElementNS(svgNS, 'line'), label = document.createElementNS(svgNS, 'text'), text = isoOf(t);
    line.setAttribute('class', 'axis');
    line.setAttribute('x1', x(t)); line.setAttribute('x2', x(t)); line.setAttribute('y1', 0); line.setAttribute('y2', end);
    label.setAttribute('class', 'axis-label');
    label.setAttribute('x', x(t)); label.setAttribute('y', end + 14); label.setAttribute('text-anchor', 'middle');
    label.textContent = step >= 864e5 ? text.slice(0, 10) : s[1] - s[0] >= 432e5 ? text.slice(5, 16).replace('T', ' ') : step >= 6e4 ? text.slice(11, 16) : step >= 1e3 ? text.slice(11, 19) : text.slice(11, 23);
    part.appendChild(line);
    part.appendChild(label);
  }
  $('lane-axis').replaceChildren(part);
}
