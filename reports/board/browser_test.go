package board

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/fixtures/browser"
	"github.com/anton-payments/golive/proxy/recording"
	"github.com/anton-payments/golive/reports"
)

// The call as a presenter has it: an item turns, a fault is armed and strikes, a
// sign-off stands, and the page outlives a reload and a lost connection.
func TestBrowser(t *testing.T) {
	s := newStage(t)
	p := browser.Open(t)
	p.Go(t, s.URL+"/present/?token="+s.Presenter)
	p.Await(t, "the item", `document.querySelector("#item-INT-1.inconclusive")`)
	if at := browser.Eval[string](t, p, "location.href"); strings.Contains(at, s.Presenter) {
		t.Errorf("the token stays in sight: %s", at)
	}
	s.Take(creation(1, ""))
	p.Await(t, "the item turned", `document.querySelector("#item-INT-1.fail") && document.querySelector("#row-x1 .answer").textContent === "201"`)

	browser.Eval[string](t, p, `document.querySelector("[data-do=arm] [name=times]").value = "2"; document.querySelector("[data-do=arm] button").click(); ""`)
	p.Await(t, "the armed fault", `document.getElementById("armed").textContent.includes("503 ×2 waits")`)
	for n := 2; n < 4; n++ {
		e := creation(n, "k")
		e.Exchange.Start, e.Exchange.Response.Status = noon.Add(2*time.Minute), 503
		e.Exchange.Fault = &recording.Interference{Kind: recording.FaultStatus, Nth: n, Note: "golive answered 503 in Anton's place"}
		s.Take(e)
	}
	p.Await(t, "its effect", `document.querySelector("#row-x3.ours") && document.getElementById("armed").textContent === ""`)

	browser.Eval[string](t, p, `document.querySelector("#item-SEC-2 a").click(); ""`)
	p.Await(t, "the sheet", `document.querySelector("dialog[open] [data-do=sign]")`)
	browser.Eval[string](t, p, `document.querySelector("dialog [name=by]").value = "Ann"; document.querySelector("dialog [data-do=sign] button").click(); ""`)
	p.Await(t, "the sign-off", `document.querySelector("#item-SEC-2 .pen")?.textContent.includes("Ann")`)

	browser.Eval[string](t, p, `location.hash = "x1"; setTimeout(() => location.reload(), 50); ""`)
	p.Await(t, "the exchange at its address, after a reload", `document.querySelector("#item-SEC-2 .pen") && document.querySelector("dialog[open] pre")`)
	s.CloseClientConnections()
	s.Take(creation(4, "k4"))
	p.Await(t, "what came after the connection was lost", `document.getElementById("row-x4") && document.querySelectorAll("#row-x3").length === 1 && document.getElementById("link").textContent === "live"`)
	p.Quiet(t, "net::ERR") // the connection that we cut
	if did := s.done(); !slices.Equal(did, []string{"arm 503 2", "mark signed-off"}) {
		t.Errorf("was done: %q", did)
	}
}

// A viewer sees what there is, has nothing to act with, and is refused.
func TestBrowserViewer(t *testing.T) {
	s := newStage(t)
	s.Take(creation(1, "k1"))
	p := browser.Open(t)
	p.Go(t, s.URL+"/view/?token="+s.Viewer)
	p.Await(t, "the row", `document.getElementById("row-x1")`)
	p.Await(t, "no form", `[...document.querySelectorAll("form[data-do]")].every(f => f.offsetParent === null)`)
	if got := browser.Eval[string](t, p, `fetch("do/pay", {method: "POST"}).then(r => String(r.status))`); got != "403" {
		t.Errorf("a viewer who acts gets %s, want 403", got)
	}
	if got := browser.Eval[string](t, p, `fetch("/present/", {redirect: "manual"}).then(r => String(r.status))`); got != "403" {
		t.Errorf("a viewer on the presenter's page gets %s, want 403", got)
	}
}

// Nobody is left out: no serious violation by axe-core, light, dark and narrow,
// with the sheet open and shut.
func TestBrowserAccessible(t *testing.T) {
	axe := browser.Axe(t, "../..")
	s := newStage(t)
	s.Take(creation(1, ""))
	s.Take(creation(2, "k2"))
	s.waive("int-1.json", []byte(s.granted(t, checks.IdempotencyKeys, nil)))
	s.waive("int-4.json", []byte(s.granted(t, checks.Amounts, func(g *reports.Grant) { g.For.App = "1.4.1" })))
	s.Turn(Step{Name: recording.Pages, Title: "a list of 57 entries in odd pages", State: "running", Begun: noon, Waits: "the end of the walk"})
	p := browser.Open(t)
	p.Go(t, s.URL+"/present/?token="+s.Presenter)
	p.Await(t, "the failed item", `document.querySelector("#item-INT-1.fail")`)
	for scheme, width := range map[string]int64{"light": 1440, "dark": 390} {
		p.Look(t, width, "", scheme)
		for _, open := range []string{`document.getElementById("sheet").close()`, `location.hash = "INT-1"`, `location.hash = "INT-4"`} {
			browser.Eval[string](t, p, open+`; ""`)
			browser.Eval[string](t, p, `new Promise(r => setTimeout(() => r(""), 400))`)
			p.Accessible(t, axe, fmt.Sprintf("%s, %d wide, %s", scheme, width, open), "document")
		}
	}
	p.Quiet(t)
}

// A presenter chooses the file that Anton signed; the item shows by whose word it
// need not pass, and a file that nobody reads is refused in a line.
func TestBrowserWaiver(t *testing.T) {
	s := newStage(t)
	text := s.granted(t, checks.Pagination, nil)
	p := browser.Open(t)
	p.Go(t, s.URL+"/present/?token="+s.Presenter)
	p.Await(t, "the item", `document.querySelector("#item-INT-8.inconclusive")`)
	browser.Eval[string](t, p, `document.querySelector("#item-INT-8 a").click(); ""`)
	p.Await(t, "the sheet", `document.querySelector("dialog[open] [data-do=waive]")`)
	choose := func(text string) {
		browser.Eval[string](t, p, fmt.Sprintf(`{ const d = new DataTransfer(); d.items.add(new File([%q], "int-8.json"));
			const f = document.querySelector("dialog [data-into]"); f.files = d.files; f.dispatchEvent(new Event("change", {bubbles: true})); } ""`, text))
		p.Await(t, "the file's text", fmt.Sprintf(`document.querySelector("dialog [name=waiver]").value === %q && document.querySelector("dialog [name=file]").value === "int-8.json"`, text))
		browser.Eval[string](t, p, `document.querySelector("dialog [data-do=waive] button").click(); ""`)
	}
	choose("noise")
	p.Await(t, "the refusal", `document.getElementById("said").textContent.includes("that is no waiver")`)
	choose(text)
	p.Await(t, "the waiver on the item", `document.querySelector("#item-INT-8.inconclusive .pen.waived")?.textContent === "waived until 2026-12-31 by Ann Smith: the app never lists payouts"`)
	p.Await(t, "the waiver in the sheet", `document.querySelector("dialog[open] .waiver")?.textContent.includes("asked for by Bo")`)
	p.Await(t, "the score", `document.getElementById("top").textContent.includes("1 waived")`)
	s.waive("late.json", []byte(s.granted(t, checks.Amounts, func(g *reports.Grant) { g.Granted, g.Until = noon.AddDate(0, 0, -9), "2026-11-19" })))
	p.Await(t, "one that is refused", `document.querySelector("#item-INT-4 .pen.refused")?.textContent.includes("it expired on 2026-11-19")`)
	p.Quiet(t, "409") // the noise
}
