package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/anton-payments/golive/fixtures/browser"
)

// days gives the script days, in UTC.
func days(e *testscript.Env) error {
	for name, n := range map[string]int{"SOON": 30, "LATE": 91, "GONE": -2} {
		e.Setenv(name, time.Now().UTC().AddDate(0, 0, n).Format(time.DateOnly))
	}
	return nil
}

// waives: the text of the file that Anton signed is loaded at an item, which need
// not pass from then on, and stays what the checks say.
func (c *presented) waives(t *testing.T, p *browser.Tab) {
	p.Await(t, "the waiver that golive.yaml names", row(".mark", "waiver loaded", "INT-7.waiver.json"))
	c.waive(t, "INT-8", "the app lists nothing")
	text, err := os.ReadFile(filepath.Join(c.dir, "INT-8.waiver.json"))
	if err != nil {
		t.Fatal(err)
	}
	browser.Eval[bool](t, p, `document.querySelector("#item-INT-8 a").click(); true`)
	p.Await(t, "the item's sheet", `document.querySelector("dialog[open] [data-do=waive]")`)
	c.click(t, p, "waive", map[string]string{"waiver": string(text)})
	p.Await(t, "the waiver on the item", `document.querySelector("#item-INT-8.inconclusive .pen.waived")?.textContent.includes("by Ann Smith: the app lists nothing")`)
	p.Await(t, "the waiver in the sheet", `document.querySelector("dialog .waiver")?.textContent.includes("asked for by Bo")`)
	p.Await(t, "the waivers' count", `document.getElementById("top").textContent.includes("2 waived")`)
	browser.Eval[bool](t, p, `document.getElementById("sheet").close(); true`)
}

// waive has Anton sign a waiver of an item, beside golive.yaml.
func (c *presented) waive(t *testing.T, item, reason string) {
	t.Helper()
	c.run(t, "waive", "--item", item, "--reason", reason, "--requester", "Bo", "--approver", "Ann Smith",
		"--until", time.Now().UTC().AddDate(0, 0, 30).Format(time.DateOnly), "--key", "golive.key")
}
