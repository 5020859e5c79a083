package board

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/anton-payments/golive/proxy/recording"
)

// tab is a Chromium with one page; what the page complains of is collected.
type tab struct {
	context.Context
	mu         sync.Mutex
	complaints []string
}

func browse(t *testing.T, link string) *tab {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("no chromium: make setup installs it, as root")
	} else if err != nil {
		t.Fatal("no chromium: make setup installs it, as root")
	}
	o := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU)
	ctx, stop := chromedp.NewContext(context.Background(), chromedp.WithAllocatorOptions(o...))
	t.Cleanup(stop)
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	p := &tab{Context: ctx}
	p.do(t, chromedp.Navigate("about:blank"))
	console := chromedp.Console(ctx)
	go func() {
		for m, err := range console {
			if err != nil {
				return
			}
			p.mu.Lock()
			p.complaints = append(p.complaints, fmt.Sprintf("%s: %s", m.Type, m.Text))
			p.mu.Unlock()
		}
	}()
	p.do(t, chromedp.Navigate(link))
	return p
}

func (p *tab) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(p, steps...); err != nil {
		t.Fatal(err)
	}
}

func (p *tab) eval(t *testing.T, script string) string {
	t.Helper()
	got, err := chromedp.Run(p, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return got
}

// await is until a script is true.
func (p *tab) await(t *testing.T, what, script string) {
	t.Helper()
	eventually(t, what, func() bool { return p.eval(t, "String(Boolean("+script+"))") == "true" })
}

func (p *tab) quiet(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.complaints) > 0 {
		t.Errorf("the page complains: %q", p.complaints)
	}
}

// The call as a presenter has it: an item turns, a fault is armed and strikes, a
// sign-off stands, and the page outlives a reload and a lost connection.
func TestBrowser(t *testing.T) {
	s := newStage(t)
	p := browse(t, s.URL+"/present/?token="+s.Presenter)
	p.await(t, "the item", `document.querySelector("#item-INT-1.inconclusive")`)
	if at := p.eval(t, "location.href"); strings.Contains(at, s.Presenter) {
		t.Errorf("the token stays in sight: %s", at)
	}
	s.Take(creation(1, ""))
	p.await(t, "the item turned", `document.querySelector("#item-INT-1.fail") && document.querySelector("#row-x1 .answer").textContent === "201"`)

	p.eval(t, `document.querySelector("[data-do=arm] [name=times]").value = "2"; document.querySelector("[data-do=arm] button").click(); ""`)
	p.await(t, "the armed fault", `document.getElementById("armed").textContent.includes("503 ×2 waits")`)
	for n := 2; n < 4; n++ {
		e := creation(n, "k")
		e.Exchange.Start, e.Exchange.Response.Status = noon.Add(2*time.Minute), 503
		e.Exchange.Fault = &recording.Interference{Kind: recording.FaultStatus, Nth: n, Note: "golive answered 503 in Anton's place"}
		s.Take(e)
	}
	p.await(t, "its effect", `document.querySelector("#row-x3.ours") && document.getElementById("armed").textContent === ""`)

	p.eval(t, `document.querySelector("#item-SEC-2 a").click(); ""`)
	p.await(t, "the sheet", `document.querySelector("dialog[open] [data-do=sign]")`)
	p.eval(t, `document.querySelector("dialog [name=by]").value = "Ann"; document.querySelector("dialog [data-do=sign] button").click(); ""`)
	p.await(t, "the sign-off", `document.querySelector("#item-SEC-2 .pen")?.textContent.includes("Ann")`)

	p.eval(t, `location.hash = "x1"; setTimeout(() => location.reload(), 50); ""`)
	p.await(t, "the exchange at its address, after a reload", `document.querySelector("#item-SEC-2 .pen") && document.querySelector("dialog[open] pre")`)
	s.CloseClientConnections()
	s.Take(creation(4, "k4"))
	p.await(t, "what came after the connection was lost", `document.getElementById("row-x4") && document.querySelectorAll("#row-x3").length === 1 && document.getElementById("link").textContent === "live"`)
	p.mu.Lock()
	p.complaints = slices.DeleteFunc(p.complaints, func(c string) bool { return strings.Contains(c, "net::ERR") }) // the connection that we cut
	p.mu.Unlock()
	p.quiet(t)
	if did := s.done(); !slices.Equal(did, []string{"arm 503 2", "mark signed-off"}) {
		t.Errorf("was done: %q", did)
	}
}

// A viewer sees what there is, has nothing to act with, and is refused.
func TestBrowserViewer(t *testing.T) {
	s := newStage(t)
	s.Take(creation(1, "k1"))
	p := browse(t, s.URL+"/view/?token="+s.Viewer)
	p.await(t, "the row", `document.getElementById("row-x1")`)
	p.await(t, "no form", `[...document.querySelectorAll("form[data-do]")].every(f => f.offsetParent === null)`)
	if got := p.eval(t, `fetch("do/pay", {method: "POST"}).then(r => String(r.status))`); got != "403" {
		t.Errorf("a viewer who acts gets %s, want 403", got)
	}
	if got := p.eval(t, `fetch("/present/", {redirect: "manual"}).then(r => String(r.status))`); got != "403" {
		t.Errorf("a viewer on the presenter's page gets %s, want 403", got)
	}
}

// Nobody is left out: no serious violation by axe-core, light, dark and narrow,
// with the sheet open and shut.
func TestBrowserAccessible(t *testing.T) {
	axe, err := os.ReadFile("../../node_modules/axe-core/axe.min.js")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("no axe-core: make setup fetches it")
	} else if err != nil {
		t.Fatal("no axe-core: make setup fetches it")
	}
	s := newStage(t)
	s.Take(creation(1, ""))
	s.Take(creation(2, "k2"))
	s.Turn(Step{Name: recording.Pages, Title: "a list of 57 entries in odd pages", State: "running", Begun: noon, Waits: "the end of the walk"})
	p := browse(t, s.URL+"/present/?token="+s.Presenter)
	p.await(t, "the failed item", `document.querySelector("#item-INT-1.fail")`)
	for scheme, width := range map[string]int64{"light": 1440, "dark": 390} {
		_, err := chromedp.Call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		if err != nil {
			t.Fatal(err)
		}
		p.do(t, chromedp.EmulateViewport(width, 900))
		for _, open := range []string{`document.getElementById("sheet").close()`, `location.hash = "INT-1"`} {
			p.eval(t, open+`; ""`)
			p.eval(t, `new Promise(r => setTimeout(() => r(""), 400))`)
			p.eval(t, string(axe)+`; ""`)
			got := p.eval(t, `axe.run().then(r => r.violations.filter(v => ["serious", "critical"].includes(v.impact)).map(v => v.id + ": " + v.nodes.map(n => n.html.slice(0, 120)).join(" | ")).join("\n"))`)
			if got != "" {
				t.Errorf("%s, %d wide, %s:\n%s", scheme, width, open, got)
			}
		}
		if got := p.eval(t, `String(document.documentElement.scrollWidth - innerWidth)`); got != "0" && !strings.HasPrefix(got, "-") {
			t.Errorf("%d wide: the page is %s px wider than the screen", width, got)
		}
	}
	p.quiet(t)
}
