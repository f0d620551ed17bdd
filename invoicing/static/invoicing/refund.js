"use strict";

// Shipping is ticked with everything that comes back; whoever unticks it then has decided so. Without this
// file the server does the same when the form is sent.
(() => {
    const form = document.getElementById("refund-form");
    if (!form) {
        return;
    }
    const seen = form.querySelector("[name=shipping_seen]");
    const rows = Array.from(form.querySelectorAll("[data-refund-left]")).map((row) => ({
        isShipping: row.dataset.refundShipping === "yes",
        left: row.dataset.refundLeft,
        take: row.querySelector("[type=checkbox]"),
        units: row.querySelector("[type=text]"),
    }));
    const goods = rows.filter((row) => !row.isShipping);
    const comesBack = (row) => row.take.checked && row.units.value.trim() === row.left;
    let everything = goods.length > 0 && goods.every(comesBack);

    form.addEventListener("input", (event) => {
        const typedIn = goods.find((row) => row.units === event.target);
        if (typedIn) {
            typedIn.take.checked = typedIn.units.value.trim() !== "";
        }
        const before = everything;
        everything = goods.length > 0 && goods.every(comesBack);
        if (everything && !before) {
            rows.filter((row) => row.isShipping).forEach((row) => { row.take.checked = true; });
            seen.value = "yes";
        } else if (!everything) {
            seen.value = "";
        }
    });
})();
