"use strict";
// Follows a run until it is over, and counts what is ticked. Without it, the page's own links do.

(() => {
  const EVERY_MS = 2000;
  const box = document.getElementById("sync-run");
  const form = document.getElementById("sync-run-form");
  if (!box || !form) return;

  const ticked = () => form.querySelectorAll("input[name=row]:checked").length;

  const showCount = () => {
    const button = form.querySelector("[data-issue]");
    if (!button) return;
    button.disabled = ticked() === 0;
    button.textContent = button.dataset.words.replace("%(count)d", String(ticked()));
  };

  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) {
      for (const one of form.querySelectorAll("[data-would-issue]")) one.checked = event.target.checked;
    }
    showCount();
  });
  // A page that the browser kept may still have ticks.
  window.addEventListener("pageshow", showCount);

  const showProgress = (run) => {
    box.querySelector("[data-text]").textContent = run.text;
    if (run.percent === null) return;
    box.querySelector("[data-bar]").style.width = `${run.percent}%`;
    box.querySelector("[role=progressbar]").setAttribute("aria-valuenow", String(run.percent));
  };

  const renewRows = async () => {
    const answer = await fetch(window.location.href, { credentials: "same-origin" });
    if (!answer.ok || ticked() > 0) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const rows = page.getElementById("sync-run-rows");
    if (rows) document.getElementById("sync-run-rows").replaceWith(rows);
  };

  const look = async () => {
    const answer = await fetch(box.dataset.progress, {
      credentials: "same-origin",
      redirect: "error",
      headers: { Accept: "application/json" },
    });
    if (!answer.ok) return false;
    const run = await answer.json();
    if (run.is_over || run.phase !== box.dataset.phase) {
      window.location.reload();
      return false;
    }
    showProgress(run);
    if (String(run.done) !== box.dataset.done) {
      box.dataset.done = String(run.done);
      await renewRows();
    }
    return true;
  };

  const follow = async () => {
    let goesOn = true;
    try {
      goesOn = await look();
    } catch {
      // The next look may reach the server again.
    }
    if (goesOn) window.setTimeout(follow, EVERY_MS);
  };

  if (box.dataset.over === "no") window.setTimeout(follow, EVERY_MS);
})();
