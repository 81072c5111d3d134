// Runs before the first paint, so that a remembered theme never flashes the other one.
"use strict";

(() => {
  const asked = matchMedia("(prefers-color-scheme: dark)");

  function remembered() {
    try {
      return localStorage.getItem("errata-theme");
    } catch {
      return null; // storage may be switched off
    }
  }

  function apply() {
    document.documentElement.dataset.theme = remembered() ?? (asked.matches ? "dark" : "light");
  }

  apply();
  asked.addEventListener("change", apply);

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const show = () => button.setAttribute("aria-pressed", String(document.documentElement.dataset.theme === "dark"));
    show();
    asked.addEventListener("change", show);
    button.addEventListener("click", () => {
      const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
      try {
        localStorage.setItem("errata-theme", next);
      } catch {
        // then it lasts for this page only
      }
      document.documentElement.dataset.theme = next;
      show();
    });
  });
})();
