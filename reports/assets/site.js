// Optional comforts: pages are complete without this file.
(() => {
  "use strict";
  const root = document.documentElement;
  const stored = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("conso-theme");
      localStorage.setItem("conso-theme", value);
    } catch {
      // Storage may be closed to pages opened from disk: the choice then lasts for this page only.
    }
    return null;
  };
  const chosen = stored();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

  const compare = (a, b) => {
    const number = (text) => Number(text.replace(/[\s\u202f\u00a0]/g, "").replace("\u2212", "-").replace(",", ".").replace(/[^\d.+-].*$/, ""));
    const x = number(a), y = number(b);
    return a !== "" && b !== "" && Number.isFinite(x) && Number.isFinite(y) && /\d/.test(a) && /\d/.test(b) ? x - y : a.localeCompare(b, "fr");
  };
  const sortable = (table) => {
    const body = table.tBodies[0];
    table.querySelectorAll("thead th").forEach((head, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        table.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const rows = [...body.rows];
        rows.sort((a, b) => compare(a.cells[index].textContent, b.cells[index].textContent) * (up ? 1 : -1));
        body.append(...rows);
      });
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("button.mode");
    button.hidden = false;
    button.addEventListener("click", () => {
      const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      stored(root.dataset.theme);
    });
    document.querySelectorAll("figure.table table").forEach(sortable);
  });
})();
