package webhook

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

const secret = "whsec_0123456789abcdef0123456789abcdef"

var completed = Event{
	ID: "evt_1", Type: "payout.completed", CreatedAt: time.Date(2026, 2, 15, 10, 30, 0, 0, time.UTC),
	Data: map[string]any{"id": "pay_1", "status": "completed", "amount": "100.00", "currency": "USD", "reference": "R <1> & é/ü"},
}

// run is a sender with its recording, and a receiver that keeps what came.
type run struct {
	*Sender
	path string
	mu   sync.Mutex
	got  []*http.Request
	body [][]byte
}

func newRun(t *testing.T, status int) *run {
	t.Helper()
	r := &run{path: filepath.Join(t.TempDir(), "recording.jsonl")}
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		r.got, r.body = append(r.got, request), append(r.body, body)
		r.mu.Unlock()
		w.WriteHeader(status)
		io.WriteString(w, `{"ok":true}`)
	}))
	t.Cleanup(receiver.Close)
	r.Sender = sendTo(t, r.path, receiver.URL+"/webhooks/anton?from=anton")
	return r
}

func sendTo(t *testing.T, path, url string) *Sender {
	t.Helper()
	scrub := recording.NewScrub()
	w, err := recording.Create(path, scrub, recording.Open{Version: recording.Version, Profile: "2026-02", Run: "t"})
	if err != nil {
		t.Fatal(err)
	}
	return &Sender{Writer: w, Scrub: scrub, Scheme: anton.Profiles[0].Scheme, URL: url, Secret: secret}
}

func (r *run) recorded(t *testing.T) []*recording.Delivery {
	t.Helper()
	if err := r.Writer.Close("finished"); err != nil {
		t.Fatal(err)
	}
	rec, err := recording.ReadFile(r.path)
	if err != nil {
		t.Fatal(err)
	}
	return rec.Deliveries
}

func TestVariants(t *testing.T) {
	good, none := error(nil), anton.ErrNoSignature
	cases := []struct {
		variant recording.Variant
		shape   string
		want    error
	}{
		{recording.Genuine, "", good}, {recording.RawBody, "", good}, {recording.HeaderCase, "", good},
		{recording.Window, "", good}, {recording.Several, "", good}, {recording.UnknownEvent, "", good},
		{recording.Missing, "", none}, {recording.WrongSecret, "", anton.ErrBadSignature},
		{recording.Tampered, "", anton.ErrBadSignature}, {recording.Tampered, "status", anton.ErrBadSignature},
		{recording.Tampered, "amount", anton.ErrBadSignature}, {recording.Tampered, "event", anton.ErrBadSignature},
		{recording.Stale, "", anton.ErrStaleSignature}, {recording.Stale, StaleHour, anton.ErrStaleSignature},
		{recording.Future, "", good}, // signed 310 s ahead: the scheme of 2026-02 leaves it open
		{recording.Malformed, "empty", none}, {recording.Malformed, "garbage", none}, {recording.Malformed, "no-t", none},
		{recording.Malformed, "no-v1", none}, {recording.Malformed, "v0-only", none},
		{recording.Malformed, "truncated", anton.ErrBadSignature}, {recording.Malformed, "not-hex", anton.ErrBadSignature},
	}
	for _, c := range cases {
		t.Run(string(c.variant)+"/"+c.shape, func(t *testing.T) {
			r := newRun(t, 200)
			d, err := r.Send(t.Context(), Message{Event: completed, Variant: c.variant, Shape: c.shape, Operation: "R1", Exercise: recording.Forged})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.got) != 1 {
				t.Fatalf("%d requests", len(r.got))
			}
			err = r.Scheme.Verify(secret, r.got[0].Header.Get("Anton-Signature"), r.body[0], r.Writer.Now())
			if !errors.Is(err, c.want) {
				t.Errorf("verified: %v, want %v", err, c.want)
			}
			if c.variant != recording.RawBody && !bytes.Equal(r.body[0], completed.Body()) {
				t.Errorf("body sent: %s", r.body[0])
			}
			all := r.recorded(t)
			if len(all) != 1 || all[0].ID != "d1" || all[0].ID != d.ID || all[0].Variant != c.variant || all[0].Status() != 200 ||
				all[0].Operation != "R1" || all[0].Exercise != recording.Forged || all[0].EventID != "evt_1" ||
				all[0].EventType != "payout.completed" || all[0].Claims != "completed" || all[0].Payout != "pay_1" ||
				!all[0].CreatedAt.Equal(completed.CreatedAt) || all[0].End.Before(all[0].Start) {
				t.Errorf("recorded %+v", all[0])
			}
		})
	}
}

// Every forged shape differs from the genuine one by the signature alone, and
// each from each other.
func TestShapesDiffer(t *testing.T) {
	s := sendTo(t, filepath.Join(t.TempDir(), "r.jsonl"), "http://127.0.0.1:1")
	now := time.Unix(1760000000, 0)
	genuine, err := s.draft(Message{Event: completed, Variant: recording.Genuine}, now)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{genuine.header["Anton-Signature"]: "genuine"}
	check := func(v recording.Variant, shape string) {
		d, err := s.draft(Message{Event: completed, Variant: v, Shape: shape}, now)
		if err != nil {
			t.Fatal(err)
		}
		header := d.header["Anton-Signature"]
		if before, ok := seen[header]; ok {
			t.Errorf("%s/%s has the header of %s", v, shape, before)
		}
		seen[header] = string(v) + "/" + shape
	}
	for _, shape := range Malformed {
		check(recording.Malformed, shape)
	}
	for _, shape := range Tampered {
		check(recording.Tampered, shape)
	}
	check(recording.Stale, "")
	check(recording.Stale, StaleHour)
	check(recording.Future, "")
	check(recording.Window, "")
	check(recording.WrongSecret, "")
	for _, wrong := range []Message{
		{Variant: "friendly"}, {Variant: recording.Malformed}, {Variant: recording.Malformed, Shape: "odd"},
		{Variant: recording.Tampered, Shape: "odd"}, {Variant: recording.Tampered, Body: []byte("no event")},
	} {
		if d, err := s.Send(t.Context(), wrong); err == nil {
			t.Errorf("%+v sent as %+v", wrong, d)
		}
	}
}

func TestSignedAt(t *testing.T) {
	s := sendTo(t, filepath.Join(t.TempDir(), "r.jsonl"), "http://127.0.0.1:1")
	now := time.Unix(1760000000, 0)
	for _, c := range []struct {
		m    Message
		want int64
	}{
		{Message{Variant: recording.Genuine}, 0},
		{Message{Variant: recording.Window}, -240},
		{Message{Variant: recording.Stale}, -310},
		{Message{Variant: recording.Stale, Shape: StaleHour}, -3600},
		{Message{Variant: recording.Future}, 310},
	} {
		d, err := s.draft(c.m, now)
		if err != nil {
			t.Fatal(err)
		}
		at, _, _ := strings.Cut(strings.TrimPrefix(d.header["Anton-Signature"], "t="), ",")
		if n, err := strconv.ParseInt(at, 10, 64); err != nil || n-now.Unix() != c.want {
			t.Errorf("%s %s: signed at %s, want %+d s", c.m.Variant, c.m.Shape, at, c.want)
		}
	}
}

// What was signed before tampering claims less than what is sent.
func TestBefore(t *testing.T) {
	sent := read(completed.Body())
	for shape, differs := range map[string]func(map[string]any, seen) bool{
		"":       func(data map[string]any, s seen) bool { return data["status"] == "processing" },
		"amount": func(data map[string]any, s seen) bool { return data["amount"] == "0.01" && s.Data == sent.Data },
		"event":  func(data map[string]any, s seen) bool { return s.ID != sent.ID && s.Data == sent.Data },
	} {
		original, err := before(completed.Body(), shape)
		if err != nil {
			t.Fatal(err)
		}
		var whole struct{ Data map[string]any }
		if err := json.Unmarshal(original, &whole); err != nil || !differs(whole.Data, read(original)) {
			t.Errorf("%q: %s, %v", shape, original, err)
		}
	}
	for shape, data := range map[string]map[string]any{"status": {"status": "processing"}, "amount": {"amount": "0.01"}, "event": nil} {
		body := Event{ID: "evt_1", Type: "payout.processing", Data: data}.Body()
		original, err := before(body, shape)
		var a, b any
		if err != nil || json.Unmarshal(body, &a) != nil || json.Unmarshal(original, &b) != nil || reflect.DeepEqual(a, b) {
			t.Errorf("%q leaves %s as it is, %v", shape, body, err)
		}
	}
}

func TestOddBody(t *testing.T) {
	odd := completed.oddBody()
	for _, want := range []string{`\u00e9`, `\/`, "1.10 ,", "\t:\n ", "\r\n"} {
		if !bytes.Contains(odd, []byte(want)) {
			t.Errorf("no %q in %s", want, odd)
		}
	}
	if !bytes.HasSuffix(odd, []byte("}\n")) || bytes.Index(odd, []byte(`"data"`)) > bytes.Index(odd, []byte(`"id"`)) {
		t.Errorf("order or end: %s", odd)
	}
	var plain, got map[string]any
	if err := json.Unmarshal(odd, &got); err != nil {
		t.Fatalf("%v: %s", err, odd)
	}
	if err := json.Unmarshal(completed.Body(), &plain); err != nil {
		t.Fatal(err)
	}
	data := got["data"].(map[string]any)
	if data["note"] != "café / 1.10" || data["fx_rate"] != 1.1 {
		t.Errorf("data %v", data)
	}
	delete(data, "note")
	delete(data, "fx_rate")
	if !reflect.DeepEqual(plain, got) {
		t.Errorf("got %v, want %v", got, plain)
	}
	if len(completed.Data) != 5 {
		t.Error("the event's own data was changed")
	}
}

func TestBody(t *testing.T) {
	got := string(completed.Body())
	want := `{"id":"evt_1","type":"payout.completed","created_at":"2026-02-15T10:30:00Z","data":{"amount":"100.00","currency":"USD","id":"pay_1","reference":"R <1> & é/ü","status":"completed"}}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := string(Event{ID: "evt_2"}.Body()); !strings.HasSuffix(got, `"data":{}}`) {
		t.Errorf("no data: %s", got)
	}
}

// On the wire the header's name is in lower case, and nothing of it is there
// when it is to be missing.
func TestWire(t *testing.T) {
	for variant, want := range map[recording.Variant]string{
		recording.Genuine: "Anton-Signature: t=", recording.HeaderCase: "anton-signature: t=", recording.Missing: "",
	} {
		lines, url := listen(t, "HTTP/1.1 204 No Content\r\n\r\n")
		s := sendTo(t, filepath.Join(t.TempDir(), "r.jsonl"), url)
		d, err := s.Send(t.Context(), Message{Event: completed, Variant: variant})
		if err != nil || d.Status() != 204 || d.Error != "" {
			t.Fatalf("%+v, %v", d, err)
		}
		head := <-lines
		found := slices.ContainsFunc(head, func(l string) bool { return want != "" && strings.HasPrefix(l, want) })
		any := slices.ContainsFunc(head, func(l string) bool { return strings.Contains(strings.ToLower(l), "signature") })
		if found != (want != "") || any != (want != "") || head[0] != "POST /hook HTTP/1.1" {
			t.Errorf("%s: %q", variant, head)
		}
		if got := d.Request.Header["Anton-Signature"]; (len(got) == 1) != (want != "") {
			t.Errorf("%s: recorded %v", variant, d.Request.Header)
		}
	}
}

// listen takes one connection, answers it with the text given, and passes the
// request's head on.
func listen(t *testing.T, answer string) (<-chan []string, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	heads := make(chan []string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		var head []string
		for lines := bufio.NewScanner(conn); lines.Scan() && lines.Text() != ""; {
			head = append(head, lines.Text())
		}
		heads <- head
		io.WriteString(conn, answer)
	}()
	return heads, "http://" + l.Addr().String() + "/hook"
}

func TestNoAnswer(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	_, cut := listen(t, "")
	_, short := listen(t, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
	_, moved := listen(t, "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
	for _, c := range []struct {
		url, want string
		status    int
	}{
		{"http://" + closed.Addr().String(), "connection refused: nothing listens there", 0},
		{cut, "connection cut before the whole answer", 0},
		{short, "connection cut before the whole answer", 200},
		{moved, "", 307},
	} {
		r := &run{path: filepath.Join(t.TempDir(), "r.jsonl")}
		r.Sender = sendTo(t, r.path, c.url)
		d, err := r.Send(t.Context(), Message{Event: completed, Variant: recording.Genuine})
		if err != nil {
			t.Fatal(err)
		}
		if d.Error != c.want || d.Status() != c.status {
			t.Errorf("%s: %d %q, want %d %q", c.url, d.Status(), d.Error, c.status, c.want)
		}
		if all := r.recorded(t); len(all) != 1 || all[0].Error != c.want {
			t.Errorf("recorded %+v", all)
		}
	}
}

func TestGivenUp(t *testing.T) {
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-release }))
	defer slow.Close()
	defer close(release)
	s := sendTo(t, filepath.Join(t.TempDir(), "r.jsonl"), slow.URL)
	s.Client = &http.Client{Timeout: 50 * time.Millisecond}
	d, err := s.Send(t.Context(), Message{Event: completed, Variant: recording.Genuine})
	if err != nil || d.Error != "no whole answer in time" || d.Response != nil {
		t.Errorf("%+v, %v", d, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if d, err := s.Send(ctx, Message{Event: completed, Variant: recording.Genuine}); err != nil || d.Error != "context canceled" {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestAnswerIsBounded(t *testing.T) {
	large := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write(make([]byte, recording.MaxBody+100))
	}))
	defer large.Close()
	s := sendTo(t, filepath.Join(t.TempDir(), "r.jsonl"), large.URL)
	d, err := s.Send(t.Context(), Message{Event: completed, Variant: recording.Genuine})
	if err != nil || !d.Response.Body.Cut || len(d.Response.Body.Bytes()) != recording.MaxBody {
		t.Errorf("%v, cut %v, %d bytes", err, d.Response.Body.Cut, len(d.Response.Body.Bytes()))
	}
}

// What is not recorded is the harness's trouble, not the app's.
func TestNotRecorded(t *testing.T) {
	r := newRun(t, 200)
	if err := r.Writer.Close("finished"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Send(t.Context(), Message{Event: completed, Variant: recording.Genuine}); err == nil || !strings.HasPrefix(err.Error(), "delivery d1: ") {
		t.Errorf("got %v", err)
	}
	transport := r.Transport(Wire, nil)
	request, err := http.NewRequest("POST", r.URL, bytes.NewReader(completed.Body()))
	if err != nil {
		t.Fatal(err)
	}
	if response, err := transport.RoundTrip(request); err == nil {
		t.Errorf("answered %v", response.Status)
	}
}

func TestTransport(t *testing.T) {
	r := newRun(t, 202)
	owner := func(body []byte) (string, recording.Exercise) {
		if !bytes.Equal(body, completed.Body()) {
			t.Errorf("owner asked about %s", body)
		}
		return "R7", recording.Duplicate
	}
	client := &http.Client{Transport: r.Transport(http.DefaultTransport, owner)}
	body := completed.Body()
	request, err := http.NewRequest("POST", r.URL, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range r.Scheme.Sign(secret, time.Now(), body) {
		request.Header.Set(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(response.Body)
	if err != nil || string(answer) != `{"ok":true}` || response.StatusCode != 202 {
		t.Errorf("the sandbox got %d %s, %v", response.StatusCode, answer, err)
	}
	if !bytes.Equal(r.body[0], body) || r.got[0].ContentLength != int64(len(body)) {
		t.Errorf("the app got %d %s", r.got[0].ContentLength, r.body[0])
	}
	all := r.recorded(t)
	if len(all) != 1 {
		t.Fatalf("%d recorded", len(all))
	}
	d := all[0]
	if d.Variant != recording.Genuine || d.Operation != "R7" || d.Exercise != recording.Duplicate || d.EventID != "evt_1" ||
		d.EventType != "payout.completed" || d.Claims != "completed" || d.Payout != "pay_1" || d.Status() != 202 ||
		d.Request.Path != "/webhooks/anton" || d.Request.Query != "from=anton" || d.Request.Body.Digest == "" ||
		d.Request.Body.Digest == d.Response.Body.Digest {
		t.Errorf("recorded %+v", d)
	}
}

// An app may close a kept connection at any time, also as the next delivery
// leaves: that is not held against it.
func TestKeptConnectionsClosed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go answerOnce(conn)
		}
	}()
	r := &run{path: filepath.Join(t.TempDir(), "r.jsonl")}
	r.Sender = sendTo(t, r.path, "http://unused.invalid")
	carrier := r.Transport(Wire, nil)
	for range 3 {
		request, err := http.NewRequest(http.MethodPost, "http://"+l.Addr().String()+"/hook", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		response, err := carrier.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusOK {
			t.Errorf("answered %d, want 200", response.StatusCode)
		}
	}
}

// answerOnce answers a request as if the connection were kept, and closes it
// when the next one comes.
func answerOnce(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for n := range 2 {
		request, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		io.Copy(io.Discard, request.Body)
		if n == 0 {
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	}
}

func TestTransportTrouble(t *testing.T) {
	r := &run{path: filepath.Join(t.TempDir(), "r.jsonl")}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	r.Sender = sendTo(t, r.path, "")
	transport := r.Transport(&http.Transport{}, nil)
	for _, body := range []io.Reader{nil, strings.NewReader("no event")} {
		request, err := http.NewRequest("POST", "http://"+closed.Addr().String(), body)
		if err != nil {
			t.Fatal(err)
		}
		if response, err := transport.RoundTrip(request); err == nil {
			t.Errorf("answered %v", response.Status)
		}
	}
	all := r.recorded(t)
	if len(all) != 2 || all[0].Error != "connection refused: nothing listens there" || all[0].EventID != "" || all[1].ID != "d2" {
		t.Errorf("recorded %+v", all)
	}
}

func TestSendSideBySide(t *testing.T) {
	r := newRun(t, 200)
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if _, err := r.Send(context.Background(), Message{Event: completed, Variant: recording.Genuine}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	ids := map[string]bool{}
	for _, d := range r.recorded(t) {
		ids[d.ID] = true
	}
	if len(ids) != 20 {
		t.Errorf("%d ids", len(ids))
	}
}
