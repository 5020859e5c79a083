package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/anton-payments/golive/fixtures/browser"
	merchant "github.com/anton-payments/golive/fixtures/merchants/go"
)

// The certification call from its first click to its last, as golive board
// gives it: the bundled app, which believes webhooks that nobody
// signed, the embedded sandbox, a presenter's and a viewer's browser.
func TestCertificationCall(t *testing.T) {
	if testing.Short() || runtime.GOOS == "windows" {
		t.Skip("takes its time, and ends golive by a signal")
	}
	c := present(t)
	way := relayTo(t, strings.TrimPrefix(c.base, "http://"))
	p, v := browser.Open(t, way.rule()), browser.Open(t)
	p.Go(t, c.present)
	p.Await(t, "something to act with", `document.querySelector("[data-do=pay] button") && document.querySelector("#item-SEC-4.inconclusive")`)

	c.pays(t, p)
	c.fails(t, p)
	c.delivers(t, p)
	c.walks(t, p)
	c.signs(t, p)
	c.waives(t, p)
	c.accessible(t, p)
	c.reconnects(t, p, way)
	c.views(t, v)
	c.refuses(t)
	p.Quiet(t, "net::ERR_") // the connection that was cut
	c.seals(t, p)
}

// pays: what the app sends to Anton is seen as it comes.
func (c *presented) pays(t *testing.T, p *browser.Tab) {
	c.click(t, p, "pay", nil)
	p.Await(t, "the payout", row(".call.good", "POST /v1/payouts", "201"))
}

// fails: a fault that is armed strikes the next payout, and the app's retry is seen.
func (c *presented) fails(t *testing.T, p *browser.Tab) {
	c.click(t, p, "arm", map[string]string{"fault": "503", "times": "2"})
	p.Await(t, "the armed fault", `document.getElementById("armed").textContent.includes("503 ×2 waits")`)
	c.click(t, p, "pay", nil)
	p.Await(t, "its effect", row(".ours", "POST /v1/payouts", "503"))
	p.Await(t, "two of them, and the retry that comes through", `(() => {
		const all = [...document.querySelectorAll(".row.call")].filter(r => r.textContent.includes("POST /v1/payouts"));
		const struck = all.filter(r => r.matches(".ours")), op = struck[0]?.querySelector(".op").textContent;
		return struck.length === 2 && op && all.some(r => r.matches(".good") && r.querySelector(".op").textContent === op)
			&& document.getElementById("armed").textContent === "" })()`)
}

// delivers: a webhook that nobody signed is sent, the app believes it, and the
// item turns.
func (c *presented) delivers(t *testing.T, p *browser.Tab) {
	c.click(t, p, "deliver", map[string]string{"variant": "missing"})
	p.Await(t, "the forged webhook, believed", row(".hook.bad", "missing, want 4xx", "200"))
	p.Await(t, "the item turned", `document.querySelector("#item-SEC-4.fail") && document.getElementById("top").textContent.includes("1 fail")`)
}

// walks: a payout that is held goes on to a status, and the app is told.
func (c *presented) walks(t *testing.T, p *browser.Tab) {
	before := browser.Eval[string](t, p, `document.querySelector("#walkable option").value`)
	c.click(t, p, "pay", map[string]string{"hold": "processing"})
	p.Await(t, "a payout to walk", fmt.Sprintf(`document.querySelector("#walkable option").value !== %q`, before))
	reference := browser.Eval[string](t, p, `document.querySelector("#walkable option").value`)
	p.Await(t, "the payout in processing", row(".hook", "payout.processing", reference))
	c.click(t, p, "walk", map[string]string{"reference": reference, "status": "completed"})
	p.Await(t, "the payout completed", row(".hook.good", "payout.completed", reference))
}

// signs: a name stands at the item and in the traffic, a note as well; an
// exercise runs by a click.
func (c *presented) signs(t *testing.T, p *browser.Tab) {
	browser.Eval[bool](t, p, `document.querySelector("#item-SEC-2 a").click(); true`)
	p.Await(t, "the item's sheet", `document.querySelector("dialog[open] [data-do=sign]")`)
	c.click(t, p, "sign", map[string]string{"by": "Ann Smith", "remark": "looked at the hosting"})
	p.Await(t, "the sign-off", `document.querySelector("#item-SEC-2 .pen")?.textContent.includes("Ann Smith")`)
	p.Await(t, "their count", `document.getElementById("top").textContent.includes("1 signed off")`)
	p.Await(t, "the sign-off in the sheet", `document.querySelector("dialog .signing")?.textContent.includes("looked at the hosting")`)
	browser.Eval[bool](t, p, `document.getElementById("sheet").close(); true`)
	c.click(t, p, "note", map[string]string{"text": "keys move to a vault", "by": "Ann Smith"})
	p.Await(t, "the note", row(".mark", "note", "Ann Smith: keys move to a vault"))
	browser.Eval[bool](t, p, `document.querySelector("#steps [aria-label='Run pay']").click(); true`)
	p.Await(t, "the exercise done", `document.querySelector(".step.done b")?.textContent === "pay"`)
}

// accessible: with all that has come, light, dark and on a phone.
func (c *presented) accessible(t *testing.T, p *browser.Tab) {
	axe := browser.Axe(t, ".")
	for scheme, width := range map[string]int64{"light": 1440, "dark": 390} {
		p.Look(t, width, "", scheme)
		p.Accessible(t, axe, fmt.Sprintf("the board in %s, %d wide", scheme, width), "document")
	}
	p.Look(t, 1440, "", "light")
}

// reconnects: a reload loses nothing, and what came while the connection was
// gone is shown when it is back.
func (c *presented) reconnects(t *testing.T, p *browser.Tab, way *relay) {
	browser.Eval[bool](t, p, `window.before = true`)
	p.Go(t, c.base+"/present/")
	p.Await(t, "the page after a reload", `!window.before && document.querySelector("#item-SEC-2 .pen") && document.querySelector("#item-SEC-4.fail") && document.querySelector(".row.ours")`)
	p.Await(t, "the connection", `document.getElementById("link").textContent === "live"`)
	way.cut(true)
	p.Await(t, "the loss", `document.getElementById("link").textContent === "reconnecting"`)
	if code, said := c.ask(t, "do/note", url.Values{"text": {"said while nobody listened"}}, nil); code != 200 {
		t.Fatalf("a note: %d %s", code, said)
	}
	way.cut(false)
	p.Await(t, "what was said meanwhile, once", `document.getElementById("link").textContent === "live"
		&& [...document.querySelectorAll(".row.mark")].filter(r => r.textContent.includes("said while nobody listened")).length === 1`)
}

// views: who looks on sees the same and cannot act.
func (c *presented) views(t *testing.T, v *browser.Tab) {
	v.Go(t, c.view)
	v.Await(t, "the call as others see it", `document.querySelector("#item-SEC-2 .pen") && document.querySelector(".row.ours")`)
	if shown := browser.Eval[int](t, v, `[...document.querySelectorAll("form[data-do]")].filter(f => f.offsetParent).length`); shown > 0 {
		t.Errorf("a viewer is shown %d forms", shown)
	}
	v.Quiet(t)
	for path, what := range map[string]string{"do/pay": "acts", "../present/do/pay": "acts as the presenter"} {
		if got := browser.Eval[int](t, v, fmt.Sprintf(`fetch(%q, {method: "POST"}).then(r => r.status)`, path)); got != http.StatusForbidden {
			t.Errorf("a viewer who %s gets %d, want 403", what, got)
		}
	}
}

// refuses: the presenter's cookie is worth nothing under another name or from
// another page.
func (c *presented) refuses(t *testing.T) {
	for why, change := range map[string]func(*http.Request){
		"another host":   func(q *http.Request) { q.Host = "board.example" },
		"another origin": func(q *http.Request) { q.Header.Set("Origin", "http://board.example") },
		"no origin":      func(q *http.Request) { q.Header.Del("Origin") },
	} {
		if code, said := c.ask(t, "do/pay", nil, change); code != http.StatusForbidden {
			t.Errorf("%s: %d %s, want 403", why, code, said)
		}
	}
}

// seals: at the end there is a signed bundle, which stands and tells who signed
// off what.
func (c *presented) seals(t *testing.T, p *browser.Tab) {
	browser.Eval[bool](t, p, `window.confirm = () => true; true`)
	c.click(t, p, "end", nil)
	p.Await(t, "the decision and the bundle", `document.getElementById("now").textContent.includes("not certified") && document.querySelector("[href='take/golive-report.zip']")`)
	if said := browser.Eval[string](t, p, `document.getElementById("now").textContent`); !strings.Contains(said, "signed by Anton Payments") {
		t.Errorf("the board says %q, want who signed", said)
	}
	_, zipped := c.ask(t, "take/golive-report.zip", nil, nil)
	archive := filepath.Join(c.dir, "taken.zip")
	if err := os.WriteFile(archive, []byte(zipped), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("golive", "verify", archive, "--key", filepath.Join(c.dir, "golive.key.pub")).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "signed by  Anton Payments, key") {
		t.Errorf("golive verify: %v\n%s", err, out)
	}
	p.Quiet(t)
	report := c.end(t)
	for _, want := range []string{"NOT CERTIFIED", "Signed off on the board\n  Ann Smith  SEC-2\n", "looked at the hosting", "? INT-8   waived until ", "INT-7   waived until ", "- Ann Smith: keys move to a vault"} {
		if !strings.Contains(report, want) {
			t.Errorf("the report lacks %q:\n%s", want, report)
		}
	}
}

// presented is golive board, running.
type presented struct {
	dir, base, present, view string
	client                   *http.Client // with the presenter's cookie
	golive                   *exec.Cmd
	stdout                   bytes.Buffer
	told                     chan string // on standard error, when golive has ended
}

func present(t *testing.T) *presented {
	t.Helper()
	c := &presented{dir: t.TempDir(), told: make(chan string, 1)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config := bytes.Replace(merchant.Golive(l.Addr().(*net.TCPAddr).Port), []byte("env: {"), []byte("env: { BREAK: accepts-unsigned,"), 1)
	l.Close()
	config = append(bytes.Replace(config, []byte("app:\n"), []byte("app:\n  version: 1.4.2\n"), 1), "waiver_key: golive.key.pub\nwaivers: [INT-7.waiver.json]\n"...)
	if err := os.WriteFile(filepath.Join(c.dir, "golive.yaml"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	c.run(t, "key", "new", "Anton Payments")
	c.waive(t, "INT-7", "payees are made by hand")
	c.golive = exec.Command("golive", "board", "--sign", "golive.key", "--", "golive", "merchant")
	c.golive.Dir, c.golive.Stdout = c.dir, &c.stdout
	said, err := c.golive.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.golive.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.golive.Process.Kill() })
	lines := bufio.NewScanner(said)
	for c.view == "" && lines.Scan() {
		if link, ok := strings.CutPrefix(lines.Text(), "board: "); ok {
			c.present = link
		} else if link, ok := strings.CutPrefix(lines.Text(), "to look on: "); ok {
			c.view = link
		}
	}
	go func() {
		told := ""
		for lines.Scan() {
			told += lines.Text() + "\n"
		}
		c.told <- told
	}()
	c.base, _, _ = strings.Cut(c.present, "/present/")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c.client = &http.Client{Jar: jar}
	if code, said := c.ask(t, strings.TrimPrefix(c.present, c.base+"/present/"), nil, nil); code != 200 {
		t.Fatalf("the presenter's link: %d %s", code, said)
	}
	return c
}

func (c *presented) run(t *testing.T, args ...string) {
	t.Helper()
	command := exec.Command("golive", args...)
	command.Dir = c.dir
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("golive %s: %v\n%s", args, err, out)
	}
}

// ask is a request of the presenter's, a POST where there is a form or a change.
func (c *presented) ask(t *testing.T, path string, form url.Values, change func(*http.Request)) (int, string) {
	t.Helper()
	method := "GET"
	if form != nil || change != nil {
		method = "POST"
	}
	q, err := http.NewRequest(method, c.base+"/present/"+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if method == "POST" {
		q.Header.Set("Origin", c.base)
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if change != nil {
		change(q)
	}
	resp, err := c.client.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// click fills a form of the page in and presses its first button.
func (c *presented) click(t *testing.T, p *browser.Tab, form string, fields map[string]string) {
	t.Helper()
	for name, value := range fields {
		set := fmt.Sprintf(`(() => { const f = document.querySelector("form[data-do=%s] [name=%s]"); f.value = %q; return f.value })()`, form, name, value)
		if got := browser.Eval[string](t, p, set); got != value {
			t.Fatalf("the form %s has no %s %q", form, name, value)
		}
	}
	browser.Eval[bool](t, p, fmt.Sprintf(`document.getElementById("said").textContent = ""; document.querySelector("form[data-do=%s] button").click(); true`, form))
	p.Await(t, "an answer to "+form, `document.getElementById("said").textContent`)
	if said := browser.Eval[string](t, p, `document.getElementById("said").matches(".bad") ? document.getElementById("said").textContent : ""`); said != "" {
		t.Fatalf("%s: %s", form, said)
	}
}

// row is whether there is a row of a class that holds the texts.
func row(class string, texts ...string) string {
	script := ""
	for _, text := range texts {
		script += fmt.Sprintf(` && r.textContent.includes(%q)`, text)
	}
	return fmt.Sprintf(`[...document.querySelectorAll(".row%s")].some(r => true%s)`, class, script)
}

// end ends golive; what it reported.
func (c *presented) end(t *testing.T) string {
	t.Helper()
	if err := c.golive.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	told := <-c.told
	for _, want := range []string{" exercises, each begun by a click on the board\n", "golive-report.zip, signed by Anton Payments, key "} {
		if !strings.Contains(told, want) {
			t.Errorf("golive board did not tell %q:\n%s", want, told)
		}
	}
	err := c.golive.Wait()
	if e, ok := errors.AsType[*exec.ExitError](err); !ok || e.ExitCode() != 1 {
		t.Errorf("golive board ended with %v, want exit code 1: not certified", err)
	}
	return c.stdout.String()
}

// relay is the way from a browser to the board, which can be cut.
type relay struct {
	net.Listener
	to     string
	mu     sync.Mutex
	closed bool
	open   []net.Conn
}

func relayTo(t *testing.T, address string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{Listener: l, to: address}
	t.Cleanup(func() { l.Close(); r.cut(true) })
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			go r.carry(from)
		}
	}()
	return r
}

// rule sends a browser by this way.
func (r *relay) rule() string { return "MAP " + r.to + " " + r.Addr().String() }

func (r *relay) carry(from net.Conn) {
	defer from.Close()
	to, err := net.Dial("tcp", r.to)
	if err != nil {
		return
	}
	defer to.Close()
	r.mu.Lock()
	closed := r.closed
	r.open = append(r.open, from, to)
	r.mu.Unlock()
	if closed {
		return
	}
	go func() { _, _ = io.Copy(to, from) }()
	_, _ = io.Copy(from, to)
}

// cut cuts the way off with all that is on it, or opens it again.
func (r *relay) cut(off bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = off
	for _, c := range r.open {
		c.Close()
	}
	r.open = nil
}
