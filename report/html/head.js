(function () {
  'use strict';
  var root = document.documentElement;
  root.classList.add('js');
  try {
    var theme = localStorage.getItem('hunt-theme');
    if (theme === 'light' || theme === 'dark') { root.dataset.theme = theme; }
  } catch (e) { /* no storage for this page: the system's theme applies */ }
})();
