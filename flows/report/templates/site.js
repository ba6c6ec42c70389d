"use strict";
(() => {
  const pages = [...document.querySelectorAll(".page")];
  const rows = JSON.parse(document.getElementById("csv").textContent);
  document.documentElement.classList.add("js");
  const show = () => {
    const wanted = decodeURIComponent(location.hash.slice(1));
    const target = wanted && document.getElementById(wanted);
    const page = target ? target.closest(".page") : pages.find(p => (navigator.language || "").startsWith(p.lang)) || pages[0];
    pages.forEach(p => p.classList.toggle("shown", p === page));
    document.documentElement.lang = page.lang;
    document.title = page.dataset.title;
    if (target && target !== page) target.scrollIntoView(); else if (target !== page) scrollTo(0, 0);
  };
  const save = name => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + rows[name]], { type: "text/csv" }));
    link.download = name + ".csv";
    link.click();
    URL.revokeObjectURL(link.href);
  };
  const turn = (name, view) => document.querySelectorAll(`[data-figure="${name}"]`).forEach(figure => {
    figure.querySelector(".chart").hidden = view === "table";
    figure.querySelector(".tab").hidden = view !== "table";
    figure.querySelectorAll("button[aria-pressed]").forEach(b => b.setAttribute("aria-pressed", b.dataset.view === view));
  });
  document.addEventListener("click", event => {
    const button = event.target.closest("button[data-view]");
    if (!button) return;
    const name = button.closest("[data-figure]").dataset.figure;
    if (button.dataset.view === "csv") save(name); else turn(name, button.dataset.view);
  });
  document.addEventListener("click", event => {
    const link = event.target.closest(".langs a");
    if (!link) return;
    event.preventDefault();
    const y = scrollY;
    history.replaceState(null, "", link.getAttribute("href"));
    show();
    scrollTo(0, y);
  });
  addEventListener("hashchange", show);
  show();
})();
