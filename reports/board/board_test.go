package board

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
	"github.com/anton-payments/golive/reports"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// stage is a board that is served, and the hands that wrote down what they did.
type stage struct {
	*Board
	*httptest.Server
	mu    sync.Mutex
	did   []string
	anton *reports.Key // signs waivers; nil until the first is granted
}

func newStage(t testing.TB) *stage {
	t.Helper()
	s := &stage{Board: New(time.Now)}
	s.Server = httptest.NewUnstartedServer(nil)
	s.Server.Config.Handler = s.Board.Handler(s.Server.Listener.Addr().String())
	s.Server.Start()
	t.Cleanup(func() { s.Board.Close(); s.Server.Close() })
	s.Take(recording.Event{Open: &recording.Open{
		Version: recording.Version, Tool: "test", Profile: "2026-02", Run: "GLTEST", At: noon, Upstream: "embedded", Route: "proxy",
		Merchant: recording.Merchant{Name: "Example Merchant Ltd"}, App: "1.4.2", Handed: "test-key:1a2b", Actions: []string{"pay"},
	}})
	s.Turn(Step{Name: recording.Pay, Title: "plain payouts", State: "done", Begun: noon, Lasts: 3 * time.Second})
	s.Turn(Step{Name: recording.ServerError, Title: "three 5xx answers, then success", State: "offered", Lasts: 15 * time.Second})
	s.Hand(Hands{
		Faults:   [][2]string{{"503", "503 service unavailable"}, {"lost-answer", "Anton accepts, the answer is lost"}},
		Variants: [][2]string{{"genuine", "genuine"}, {"missing", "no signature"}}, Statuses: []string{"sent", "completed"},
		Arm:     func(fault string, times int) error { s.does("arm", fault, times); return s.armed(fault, times) },
		Pay:     func(hold string) error { s.does("pay", hold); return nil },
		Deliver: func(variant string) error { s.does("deliver", variant); return nil },
		Walk: func(reference, status string) error {
			s.does("walk", reference, status)
			return errors.New("no payout goes there")
		},
		Exercise: func(name string) error { s.does("exercise", name); return nil },
		Mark:     func(m recording.Mark) error { s.does("mark", m.Kind); return s.mark(m) },
		Waive:    func(file string, text []byte) error { s.does("waive", file); s.waive(file, text); return nil },
		End:      func() { s.does("end") },
	})
	return s
}

func (s *stage) does(what ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.did = append(s.did, strings.TrimSpace(fmt.Sprintln(what...)))
}

func (s *stage) done() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.did)
}

// armed notes the fault as a run does.
func (s *stage) armed(fault string, times int) error {
	return s.mark(recording.Mark{Kind: recording.MarkArmed, Facts: map[string]string{"fault": fault, "times": fmt.Sprint(times)}})
}

// mark gives a mark to the board, as a recording would.
func (s *stage) mark(m recording.Mark) error {
	s.Board.mu.Lock()
	m.ID, m.At = fmt.Sprint("m", 1+len(s.rec.Marks)), noon.Add(time.Minute)
	s.Board.mu.Unlock()
	s.Take(recording.Event{Mark: &m})
	return nil
}

// creation is the nth payout request of an app; key "": it carries none.
func creation(n int, key string) recording.Event {
	at := noon.Add(time.Duration(n) * 60 * time.Millisecond)
	header := map[string][]string{"Authorization": {"Bearer test-key:1a2b"}, "Content-Type": {"application/json"}}
	if key != "" {
		header["Idempotency-Key"] = []string{key}
	}
	return recording.Event{Exchange: &recording.Exchange{
		ID: fmt.Sprint("x", n), Conn: "c1", Operation: fmt.Sprintf("GLTEST-%03d", n), Start: at, FirstByte: at.Add(9 * time.Millisecond), End: at.Add(10 * time.Millisecond),
		Request: recording.Request{Method: "POST", Scheme: "https", Host: "api.antonpayments.dev", Path: "/v1/payouts", Proto: "HTTP/1.1", Header: header,
			Body: recording.Body{Text: fmt.Sprintf(`{"reference":"GLTEST-%03d","amount":"12.50","currency":"USD"}`, n)}},
		Response: &recording.Response{Status: 201, Body: recording.Body{Text: fmt.Sprintf(`{"data":{"id":"pay_%d","amount":"12.50","currency":"USD","status":"created"}}`, n)}},
	}}
}

// as is a browser that has opened a link.
func (s *stage) as(t testing.TB, role, token string) *visitor {
	t.Helper()
	v := &visitor{origin: s.URL, base: s.URL + "/" + role + "/", client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	resp, err := v.client.Get(v.base + "?token=" + token)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther || len(resp.Cookies()) != 1 {
		t.Fatalf("the link answered %d with %d cookies", resp.StatusCode, len(resp.Cookies()))
	}
	v.cookie = resp.Cookies()[0]
	return v
}

type visitor struct {
	base, origin string
	client       *http.Client
	cookie       *http.Cookie
}

// ask sends a request; change may spoil it.
func (v *visitor) ask(t testing.TB, method, path, form string, change func(*http.Request)) (int, string) {
	t.Helper()
	q, err := http.NewRequest(method, v.base+path, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	if v.cookie != nil {
		q.AddCookie(v.cookie)
	}
	if method == "POST" {
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		q.Header.Set("Origin", v.origin)
	}
	if change != nil {
		change(q)
	}
	resp, err := v.client.Do(q)
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

// eventually waits for what the board does by itself.
func eventually(t testing.TB, what string, met func() bool) {
	t.Helper()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	limit := time.NewTimer(20 * time.Second)
	defer limit.Stop()
	for !met() {
		select {
		case <-again.C:
		case <-limit.C:
			t.Fatalf("%s did not come", what)
		}
	}
}

func TestWhoGetsIn(t *testing.T) {
	s := newStage(t)
	present, view := s.as(t, "present", s.Presenter), s.as(t, "view", s.Viewer)
	if present.cookie.SameSite != http.SameSiteLaxMode || !present.cookie.HttpOnly || present.cookie.Path != "/present/" {
		t.Errorf("cookie %v: want HttpOnly, SameSite, its own path", present.cookie)
	}
	stranger := &visitor{origin: s.URL, base: present.base, client: present.client}
	crossed := &visitor{origin: s.URL, base: present.base, client: present.client, cookie: &http.Cookie{Name: present.cookie.Name, Value: s.Viewer}}
	host := func(name string) func(*http.Request) { return func(q *http.Request) { q.Host = name } }
	origin := func(name string) func(*http.Request) {
		return func(q *http.Request) { q.Header.Set("Origin", name) }
	}
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	for _, c := range []struct {
		name, method, path string
		who                *visitor
		change             func(*http.Request)
		want               int
	}{
		{"presenter's page", "GET", "", present, nil, 200},
		{"viewer's page", "GET", "", view, nil, 200},
		{"by localhost", "GET", "", present, host("localhost" + port), 200},
		{"no token", "GET", "", stranger, nil, 403},
		{"wrong token", "GET", "?token=AAAA", stranger, nil, 403},
		{"empty token", "GET", "?token=", stranger, nil, 403},
		{"viewer's token on the presenter's page", "GET", "", crossed, nil, 403},
		{"no token, events", "GET", "events", stranger, nil, 403},
		{"no token, evidence", "GET", "at/INT-1", stranger, nil, 403},
		{"no token, act", "POST", "do/pay", stranger, nil, 403},
		{"another host", "GET", "", present, host("evil.example"), 403},
		{"another host that ends in ours", "GET", "", present, host("evil127.0.0.1" + port), 403},
		{"another port", "GET", "", present, host("127.0.0.1:1"), 403},
		{"another host, static", "GET", "../static/board.js", present, host("evil.example"), 403},
		{"another origin", "GET", "", present, origin("http://evil.example"), 403},
		{"another origin acts", "POST", "do/pay", present, origin("http://evil.example"), 403},
		{"https of the same host acts", "POST", "do/pay", present, origin("https://127.0.0.1" + port), 403},
		{"no origin acts", "POST", "do/pay", present, func(q *http.Request) { q.Header.Del("Origin") }, 403},
		{"null origin acts", "POST", "do/pay", present, origin("null"), 403},
		{"presenter acts", "POST", "do/pay", present, nil, 200},
		{"viewer acts", "POST", "do/pay", view, nil, 403},
		{"viewer signs", "POST", "do/sign", view, nil, 403},
		{"GET acts", "GET", "do/pay", present, nil, 405},
		{"unknown act", "POST", "do/everything", present, nil, 404},
		{"unknown evidence", "GET", "at/x999", present, nil, 404},
		{"a file that is none", "GET", "take/..%2f..%2fgo.mod", present, nil, 404},
	} {
		if got, body := c.who.ask(t, c.method, c.path, "item=INT-1&by=Ann", c.change); got != c.want {
			t.Errorf("%s: %d %q, want %d", c.name, got, body, c.want)
		}
	}
	if did := s.done(); !slices.Equal(did, []string{"pay"}) {
		t.Errorf("was done: %q, want the presenter's pay alone", did)
	}
}

func TestActs(t *testing.T) {
	s := newStage(t)
	p := s.as(t, "present", s.Presenter)
	for _, c := range []struct {
		act, form string
		code      int
		says      string
	}{
		{"arm", "fault=503&times=2", 200, "503 waits for the next payout request"},
		{"arm", "fault=503&times=many", 409, "how often must be a number"},
		{"arm", "fault=", 200, "fault taken back"},
		{"deliver", "variant=missing", 200, "missing webhook is on its way"},
		{"walk", "reference=GLTEST-001&status=sent", 409, "no payout goes there"},
		{"exercise", "name=server-error", 200, "server-error will run"},
		{"exercise", "name=", 200, "all exercises that are left will run"},
		{"note", "text=+&by=Ann", 409, "an empty note says nothing"},
		{"note", "text=" + strings.Repeat("a", mostWords+1), 409, "that is too long: want 1000 characters or less"},
		{"note", "text=later%0A%1b[31m+on&by=Ann", 200, "noted"},
		{"sign", "item=INT-1&by=", 409, "a sign-off needs a name"},
		{"sign", "item=INT-99&by=Ann", 409, `there is no item "INT-99"`},
		{"sign", "item=INT-1&by=Ann&remark=seen", 200, "INT-1 signed off"},
		{"end", "", 200, "the run ends when what is under way has come to its end"},
	} {
		code, body := p.ask(t, "POST", "do/"+c.act, c.form, nil)
		if code != c.code || strings.TrimSpace(body) != c.says {
			t.Errorf("%s %s: %d %q, want %d %q", c.act, c.form, code, body, c.code, c.says)
		}
	}
	want := []string{"arm 503 2", "arm  1", "deliver missing", "walk GLTEST-001 sent", "exercise server-error", "exercise", "mark note", "mark signed-off", "end"}
	if did := s.done(); !slices.Equal(did, want) {
		t.Errorf("was done\n%q, want\n%q", did, want)
	}
	if note := s.rec.Marks[2].Facts["text"]; note != "Ann: later [31m on" {
		t.Errorf("the note says %q, want one line without control characters", note)
	}
	last := s.rec.Marks[len(s.rec.Marks)-1].Facts
	if last["by"] != "Ann" || last["item"] != "INT-1" || last["outcome"] == "" || last["remark"] != "seen" {
		t.Errorf("the sign-off says %v", last)
	}
	s.Finish(&reports.Report{}, nil)
	if code, _ := p.ask(t, "POST", "do/pay", "", nil); code != 409 {
		t.Errorf("an act after the end: %d, want 409", code)
	}
}

// subscription reads server-sent events.
type subscription struct {
	lines *bufio.Reader
	close func()
}

func (v *visitor) listen(t testing.TB, from, last string) *subscription {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	q, _ := http.NewRequestWithContext(ctx, "GET", v.base+"events?from="+url.QueryEscape(from), nil)
	q.AddCookie(v.cookie)
	if last != "" {
		q.Header.Set("Last-Event-ID", last)
	}
	resp, err := v.client.Do(q)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("events: %v, %v", err, resp)
	}
	t.Cleanup(cancel)
	return &subscription{bufio.NewReader(resp.Body), cancel}
}

// next is the next event: its name, id and data.
func (s *subscription) next(t testing.TB) (name, id, data string) {
	t.Helper()
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		field, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch {
		case field == "event":
			name = value
		case field == "id":
			id = value
		case field == "data":
			data = value
		case field == "" && data != "":
			return name, id, data
		}
	}
}

func TestStream(t *testing.T) {
	s := newStage(t)
	p := s.as(t, "present", s.Presenter)
	eventually(t, "the first judgement", func() bool { _, c, _ := s.newsAfter(cursor{}); return c.version > 35 })
	_, page := p.ask(t, "GET", "", "", nil)
	_, after, _ := strings.Cut(page, `data-cursor="`)
	from, _, _ := strings.Cut(after, `"`)
	events := p.listen(t, from, "")
	s.Take(creation(1, ""))
	var id string
	for told := ""; !strings.Contains(told, "row-x1") || !strings.Contains(told, "item fail"); {
		_, last, data := events.next(t)
		id, told = last, told+data // both may come at once
	}
	events.close()
	s.Take(creation(2, "k2"))
	again := p.listen(t, from, id) // as a browser that lost the connection
	_, _, told := again.next(t)
	if !strings.Contains(told, "row-x2") || strings.Contains(told, "row-x1\\\"") {
		t.Errorf("after %s came %s, want what is new alone", id, told)
	}
	if name, _, _ := p.listen(t, "OTHER.3.7", "").next(t); name != "reload" {
		t.Errorf("a page of another run gets %q, want reload", name)
	}
	if name, _, _ := p.listen(t, "nonsense", "").next(t); name != "reload" {
		t.Errorf("a page without a cursor gets %q, want reload", name)
	}
}

// What apps and people write is text on the page, whatever it looks like.
func TestHostileText(t *testing.T) {
	s := newStage(t)
	p := s.as(t, "present", s.Presenter)
	const evil = `<script>alert(1)</script><img src=x onerror=alert(1)>"'`
	e := creation(1, evil)
	e.Exchange.Request.Path += evil
	e.Exchange.Response.Body.Text, e.Exchange.Error = evil, evil
	e.Exchange.Fault = &recording.Interference{Kind: recording.FaultStatus, Note: evil}
	s.Take(e)
	for kind, facts := range map[recording.MarkKind]map[string]string{
		recording.MarkNote: {"text": evil}, recording.MarkCause: {"cause": "no-action", "text": evil, "do": evil},
		recording.MarkSigned: {"item": "INT-1", "by": evil, "remark": evil, "outcome": evil}, recording.MarkArmed: {"fault": evil, "times": "3"},
	} {
		_ = s.mark(recording.Mark{Kind: kind, Facts: facts})
	}
	s.Turn(Step{Name: evil, Title: evil, State: "running", Waits: evil, Note: evil})
	eventually(t, "the cause", func() bool { _, page := p.ask(t, "GET", "", "", nil); return strings.Contains(page, "&lt;script&gt;") })
	for _, path := range []string{"", "at/x1", "at/m1", "at/m2", "at/INT-1", "find?q=alert"} {
		if _, page := p.ask(t, "GET", path, "", nil); strings.Contains(page, "<script>alert") || strings.Contains(page, "<img src=x") {
			t.Errorf("%q shows what was sent as HTML", path)
		}
	}
}

func TestSearchAndDetail(t *testing.T) {
	s := newStage(t)
	v := s.as(t, "view", s.Viewer)
	for n := 1; n <= 300; n++ {
		s.Take(creation(n, fmt.Sprint("invoice-", n)))
	}
	s.Take(recording.Event{Delivery: &recording.Delivery{ID: "d1", Variant: recording.WrongSecret, EventID: "evt_1", EventType: "payout.completed", Start: noon, End: noon,
		Request: recording.Request{Method: "POST", Path: "/hooks"}, Response: &recording.Response{Status: 200}}})
	for q, want := range map[string]int{"invoice-29": 11, "IDEMPOTENCY-KEY: invoice-300": 1, "pay_7\"": 1, "gltest-012": 1, "want 4xx": 1, "no such thing": 0, "": window} {
		_, rows := v.ask(t, "GET", "find?q="+url.QueryEscape(q), "", nil)
		if got := strings.Count(rows, "<li"); got != want {
			t.Errorf("search for %q finds %d rows, want %d", q, got, want)
		}
	}
	if _, rows := v.ask(t, "GET", "find?q=wrong-secret", "", nil); !strings.Contains(rows, `class="row hook bad"`) {
		t.Errorf("a forged delivery that was believed reads %s", rows)
	}
	_, detail := v.ask(t, "GET", "at/x7", "", nil)
	for _, want := range []string{"POST /v1/payouts", "invoice-7", "&#34;reference&#34;: &#34;GLTEST-007&#34;", "<code>201</code>", "10 ms"} {
		if !strings.Contains(detail, want) {
			t.Errorf("the detail lacks %q:\n%s", want, detail)
		}
	}
	if _, item := v.ask(t, "GET", "at/INT-1", "", nil); strings.Contains(item, "data-do") {
		t.Error("a viewer is shown the form to sign off")
	}
}

// Five minutes' worth of 1,000 exchanges a minute, as fast as they can be taken:
// a page that is open has all it shows in a fraction of that time.
func TestKeepsUp(t *testing.T) {
	if testing.Short() {
		t.Skip("5,000 exchanges take a while")
	}
	s := newStage(t)
	p := s.as(t, "present", s.Presenter)
	_, page := p.ask(t, "GET", "", "", nil)
	_, after, _ := strings.Cut(page, `data-cursor="`)
	from, _, _ := strings.Cut(after, `"`)
	events := p.listen(t, from, "")
	begun := time.Now()
	const n = 5000
	for i := 1; i <= n; i++ {
		s.Take(creation(i, fmt.Sprint("k", i)))
	}
	most := 0
	for told := ""; !strings.Contains(told, fmt.Sprintf("%d exchanges", n)); {
		_, _, told = events.next(t)
		most = max(most, len(told))
	}
	took := time.Since(begun)
	t.Logf("%d exchanges shown after %s, longest event %d KiB", n, took.Round(time.Millisecond), most>>10)
	if took > time.Minute {
		t.Errorf("%d exchanges took %s, want less than a minute: 1,000 a minute would queue up", n, took)
	}
	if most > 1<<20 {
		t.Errorf("an event of %d bytes, want the newest rows alone", most)
	}
}

func TestEnd(t *testing.T) {
	s := newStage(t)
	p := s.as(t, "present", s.Presenter)
	path := filepath.Join(t.TempDir(), "recording.jsonl")
	if err := os.WriteFile(path, []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Take(creation(1, "k1"))
	eventually(t, "a judgement", func() bool { s.Board.mu.Lock(); defer s.Board.mu.Unlock(); return s.report != nil })
	s.Board.mu.Lock()
	r := *s.report
	s.Board.mu.Unlock()
	r.Decision = reports.Decision{Certificate: reports.NotCertified, Because: "1 of 13 items fails"}
	s.Finish(&r, []File{{Name: "recording.jsonl", Path: path}})
	eventually(t, "the decision", func() bool {
		_, page := p.ask(t, "GET", "", "", nil)
		return strings.Contains(page, "Download recording.jsonl")
	})
	if code, body := p.ask(t, "GET", "take/recording.jsonl", "", nil); code != 200 || body != "{}\n" {
		t.Errorf("the download: %d %q", code, body)
	}
	s.Take(creation(2, ""))
	_, page := p.ask(t, "GET", "", "", nil)
	if !strings.Contains(page, "1 of 13 items fails") {
		t.Error("the final report was judged over")
	}
}
