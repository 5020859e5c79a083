package reports_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
	"github.com/anton-payments/golive/reports"
)

// runs are parts of real runs of golive demo --break, each with the check that
// fails and the pictures that must stand in its item.
var runs = []struct {
	name, item, check string
	pictures          []string
}{
	{"lost-answer", "INT-1", "idempotency-lost-answer", []string{"sequence-lost-response"}},
	{"constant-backoff", "INT-3", "retry-backoff", []string{"attempts-server-error", "curve-server-error"}},
	{"retry-after", "INT-3", "retry-after", []string{"attempts-rate-limited"}},
	{"sent-as-completed", "INT-5", "status-sent", []string{"lifecycle"}},
	{"short-page", "INT-8", "pagination-to-the-end", []string{"walk-pages-1"}},
	{"accepts-tampered", "SEC-4", "signature-tampered", []string{"volley-forged-webhooks"}},
	{"booked-twice", "INT-2", "webhook-duplicate-effect", []string{"volley-duplicate"}},
}

func ran(t *testing.T, name string) *reports.Report {
	t.Helper()
	f, err := os.Open("testdata/runs/" + name + ".jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rec, err := recording.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return judged(t, rec)
}

func judged(t *testing.T, rec *recording.Recording) *reports.Report {
	t.Helper()
	e, err := checks.EvidenceOf(rec)
	if err != nil {
		t.Fatal(err)
	}
	verdicts, err := checks.JudgeAll(checks.All(), e)
	if err != nil {
		t.Fatal(err)
	}
	return reports.New(rec, strings.Repeat("0123456789abcdef", 4), verdicts)
}

// browser is a Chromium with one tab; what the page complains of is collected.
type browser struct {
	context.Context
	mu         sync.Mutex
	complaints []string
}

func open(t *testing.T) *browser {
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
	b := &browser{Context: ctx}
	b.do(t, chromedp.Navigate("about:blank"))
	console := chromedp.Console(ctx)
	go func() {
		for m, err := range console {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.complaints = append(b.complaints, fmt.Sprintf("%s: %s", m.Type, m.Text))
			b.mu.Unlock()
		}
	}()
	return b
}

func (b *browser) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b, steps...); err != nil {
		t.Fatal(err)
	}
}

func eval[T any](t *testing.T, b *browser, script string) T {
	t.Helper()
	got, err := chromedp.Run(b, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return got
}

// media has the page shown in a medium and a colour scheme.
func (b *browser) media(t *testing.T, medium, scheme string) {
	t.Helper()
	_, err := chromedp.Call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: medium, Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// load writes a report's page to a file and opens it, at a place of it.
func (b *browser) load(t *testing.T, r *reports.Report, at string) {
	t.Helper()
	var page bytes.Buffer
	if err := reports.HTML(&page, r); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, page.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	b.do(t, chromedp.Navigate("file://"+path+at))
}

func (b *browser) quiet(t *testing.T) {
	t.Helper()
	eval[bool](t, b, `new Promise(done => setTimeout(() => done(true), 50))`) // complaints are told after the load
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) > 0 {
		t.Errorf("the page complains: %s", strings.Join(b.complaints, "\n"))
	}
	b.complaints = nil
}

// Every picture is there for the run that it is about, big enough to see, in the
// item of the check that fails; nothing on the page complains, and axe finds no
// serious violation in light and dark, with everything unfolded.
func TestPictures(t *testing.T) {
	b := open(t)
	b.do(t, chromedp.EmulateViewport(1200, 900))
	for _, run := range runs {
		t.Run(run.name, func(t *testing.T) {
			r := ran(t, run.name)
			at := slices.IndexFunc(r.Verdicts, func(v reports.Verdict) bool { return v.Check == run.check })
			if r.Verdicts[at].Outcome != checks.Fail {
				t.Fatalf("%s is %s", run.check, r.Verdicts[at].Outcome)
			}
			b.media(t, "", "light")
			b.load(t, r, "#"+run.check)
			for _, picture := range run.pictures {
				size := eval[[]float64](t, b, fmt.Sprintf(
					`(() => { const s = document.querySelector("#%s figure[id$='-%s'] svg"), r = s ? s.getBoundingClientRect() : {width: 0, height: 0};
					return [r.width, r.height, s ? s.querySelectorAll("path,circle,rect,text").length : 0] })()`, run.item, picture))
				if size[0] < 300 || size[1] < 60 || size[2] < 6 {
					t.Errorf("picture %s is %v", picture, size)
				}
			}
			b.quiet(t)
		})
	}
}

// A link to an exchange, a check or an item unfolds it and brings it into view.
func TestDeepLinks(t *testing.T) {
	b := open(t)
	r := ran(t, "lost-answer")
	ref := r.Traffic[0].Ref
	for _, at := range []string{ref, "idempotency-key", "INT-5", "LCH-5"} {
		b.do(t, chromedp.Navigate("about:blank"))
		b.load(t, r, "#"+at)
		if !eval[bool](t, b, fmt.Sprintf(`(() => { const e = document.getElementById(%q), r = e.getBoundingClientRect();
			return e.checkVisibility({contentVisibilityAuto: true}) && r.height > 0 && r.top < innerHeight && r.bottom > 0 })()`, at)) {
			t.Errorf("#%s is not in view", at)
		}
	}
	b.quiet(t)
}

// What is typed narrows the traffic to the lines that hold it.
func TestFilter(t *testing.T) {
	b := open(t)
	b.load(t, ran(t, "constant-backoff"), "#traffic")
	script := `(() => { const f = document.getElementById("filter"); f.value = %q; f.dispatchEvent(new Event("input"));
		return document.querySelectorAll(".line:not([hidden])").length })()`
	all, some, none := eval[int](t, b, fmt.Sprintf(script, "")), eval[int](t, b, fmt.Sprintf(script, "201")), eval[int](t, b, fmt.Sprintf(script, "nowhere"))
	if all <= some || some == 0 || none != 0 {
		t.Errorf("%d lines, %d with 201, %d with nowhere", all, some, none)
	}
	b.quiet(t)
}

// axe-core finds no serious violation: on the certificate, with everything
// unfolded, in light and in dark, on a desk and on a phone.
func TestAccessible(t *testing.T) {
	axe, err := os.ReadFile("../node_modules/axe-core/axe.min.js")
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") == "" {
		t.Skip("no axe-core: make setup fetches it")
	} else if err != nil {
		t.Fatalf("no axe-core: make setup fetches it: %v", err)
	}
	b := open(t)
	for _, look := range []struct {
		report *reports.Report
		scheme string
		width  int64
	}{
		{ran(t, "lost-answer"), "light", 1200}, {ran(t, "constant-backoff"), "dark", 390}, {ran(t, "sent-as-completed"), "dark", 1200},
		{ran(t, "short-page"), "light", 390}, {written(t, "blocked"), "light", 1200}, {written(t, "pass"), "dark", 1200}, {written(t, "narrowed"), "light", 390},
	} {
		b.do(t, chromedp.EmulateViewport(look.width, 900))
		b.media(t, "", look.scheme)
		b.load(t, look.report, "")
		name := fmt.Sprintf("%s in %s, %d wide", look.report.Decision.Because, look.scheme, look.width)
		if wide := eval[int64](t, b, `document.documentElement.scrollWidth`); wide > look.width {
			t.Errorf("%s: the page is %d wide", name, wide)
		}
		eval[bool](t, b, string(axe)+`; document.querySelectorAll("details:not(.line details)").forEach(d => { d.open = true }); true`)
		for _, f := range eval[[]string](t, b, `axe.run({exclude: document.querySelectorAll(".line").length > 20 ? [".lines"] : []}, {resultTypes: ["violations"]}).then(r => r.violations
			.filter(v => ["serious", "critical"].includes(v.impact))
			.map(v => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " " + n.failureSummary).join(" | ")))`) {
			t.Errorf("%s: %s", name, f)
		}
	}
}

// written reads a golden report.
func written(t *testing.T, name string) *reports.Report {
	t.Helper()
	r, err := reports.Read(goldens(t, "json")[name])
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Printed, the certificate fills the first page and the details follow.
func TestPrints(t *testing.T) {
	b := open(t)
	b.load(t, ran(t, "lost-answer"), "")
	pdf, err := chromedp.Run(b, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground()))
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(pdf, []byte("/Type /Page\n")); !bytes.HasPrefix(pdf, []byte("%PDF-")) || n < 2 || n > 60 {
		t.Errorf("%d pages in %d bytes", n, len(pdf))
	}
	b.do(t, chromedp.EmulateViewport(688, 1016)) // A4 less its margins, at 96 pixels an inch
	b.media(t, "print", "light")
	if end := eval[float64](t, b, `document.querySelector(".path").getBoundingClientRect().bottom + scrollY`); end > 1016 {
		t.Errorf("the certificate ends at %.0f of 1016 pixels of its page", end)
	}
	b.quiet(t)
}

// The page of 5,000 exchanges is small and opens at once.
func TestManyExchanges(t *testing.T) {
	f, err := os.Open("testdata/runs/constant-backoff.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rec, err := recording.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	few := rec.Exchanges
	for n := len(few); n < 5000; n++ {
		x := *few[n%len(few)]
		x.ID, x.Start, x.End = fmt.Sprintf("x%d", 10_000+n), x.Start.Add(time.Duration(n)*time.Second), x.End.Add(time.Duration(n)*time.Second)
		rec.Exchanges = append(rec.Exchanges, &x)
	}
	r := judged(t, rec)
	var page bytes.Buffer
	if err := reports.HTML(&page, r); err != nil {
		t.Fatal(err)
	}
	if len(page.Bytes()) > 3_000_000 {
		t.Errorf("%d bytes", page.Len())
	}
	b := open(t)
	b.load(t, r, "")
	took := eval[float64](t, b, `performance.getEntriesByType("navigation")[0].loadEventEnd`)
	t.Logf("%d bytes, loaded in %.0f ms", page.Len(), took)
	if took > 5000 { // a second is asked for; machines that build at the same time are slower
		t.Errorf("loaded in %.0f ms", took)
	}
	if lines := eval[int](t, b, `document.querySelectorAll(".line").length`); lines < 5000 {
		t.Errorf("%d lines", lines)
	}
	b.quiet(t)
}
