package proxy

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/anton-payments/golive/proxy/recording"
)

var quietLog = log.New(io.Discard, "", 0)

func TestExchangeIsRecordedAndDelivered(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Host != "api.antonpayments.dev" {
				t.Errorf("Anton saw Host %q", r.Host)
			}
			w.Header().Set("X-Request-Id", "r1")
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(201)
			_, _ = io.WriteString(w, `{"data":{"id":"pay_1"}}`)
		}, nil)
		r := s.must(s.post(s.client(w), s.url(w, "/v1/payouts?a=1"), `{"amount":"1.00"}`, "Idempotency-Key", "k1", "Authorization", "Bearer "+handed))
		if r.StatusCode != 201 || r.body != `{"data":{"id":"pay_1"}}` || r.Header.Get("X-Request-Id") != "r1" {
			t.Errorf("the app got %d %q", r.StatusCode, r.body)
		}
		if w == h2 && r.ProtoMajor != 2 {
			t.Errorf("the app got %s", r.Proto)
		}
		x := s.only()
		q := x.Request
		if q.Method != "POST" || q.Scheme != "https" || q.Host != "api.antonpayments.dev" || q.Path != "/v1/payouts" || q.Query != "a=1" || q.Body.Text != `{"amount":"1.00"}` {
			t.Errorf("request recorded as %+v", q)
		}
		if x.Response == nil || x.Response.Status != 201 || x.Response.Body.Text != `{"data":{"id":"pay_1"}}` || x.Fault != nil || x.Error != "" || x.Sends != 1 {
			t.Errorf("recorded as %+v, answer %+v", x, x.Response)
		}
		if x.Conn == "" || x.End.Before(x.Start) || x.FirstByte.IsZero() || q.Body.Digest == "" || q.Body.Size != 17 {
			t.Errorf("recorded as %+v", x)
		}
		rec := s.end()
		if len(rec.Handshakes) != 1 || rec.Handshakes[0].Conn != x.Conn || rec.Handshakes[0].Version != "TLS 1.3" || rec.Handshakes[0].Lowest != "TLS 1.2" || rec.Handshakes[0].Error != "" {
			t.Errorf("handshakes: %+v", rec.Handshakes)
		}
		raw, err := os.ReadFile(s.path)
		if err != nil || bytes.Contains(raw, []byte(handed)) {
			t.Errorf("the key stands in the recording (%v)", err)
		}
	})
}

func TestKeyIsExchangedOnTheWayUp(t *testing.T) {
	const own = "ak_test_real9876543210zyxwvut"
	s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get("Authorization"))
	}, func(o *Options) { o.Upstream.Key = own })
	if r := s.must(s.post(s.client(h1), sandbox+"/v1/payouts", "{}", "Authorization", "Bearer "+handed)); r.body != "Bearer "+own {
		t.Errorf("Anton saw %q", r.body)
	}
	s.only()
	raw, _ := os.ReadFile(s.path)
	if bytes.Contains(raw, []byte(own)) || bytes.Contains(raw, []byte(handed)) {
		t.Error("a key stands in the recording")
	}
}

func TestNoSilentResend(t *testing.T) {
	var seen atomic.Int32
	var first sync.Once
	s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/warm" {
			return
		}
		seen.Add(1)
		if r.Header.Get("Idempotency-Key") != "k1" {
			t.Errorf("key: %v", r.Header)
		}
		first.Do(func() { hijackAndClose(w) }) // a reused connection dies
	}, nil)
	c := s.client(h1)
	s.must(read(c.Get(sandbox + "/warm")))
	req, _ := http.NewRequest("POST", sandbox+"/v1/payouts/pay_1/cancel", nil)
	req.Header.Set("Idempotency-Key", "k1")
	r := s.must(read(c.Transport.RoundTrip(req)))
	if r.StatusCode != 502 || !strings.Contains(r.body, "golive: Anton cannot be reached") {
		t.Errorf("the app got %d %q", r.StatusCode, r.body)
	}
	if n := seen.Load(); n != 1 {
		t.Errorf("Anton saw the request %d times, want 1", n)
	}
	x := s.end().Exchanges[1]
	if x.Sends != 1 || x.Fault == nil || x.Fault.Kind != recording.FaultUpstream || x.Error == "" {
		t.Errorf("recorded as %+v", x)
	}
	if got := x.Request.Header["Idempotency-Key"]; len(got) != 1 || got[0] != "k1" {
		t.Errorf("recorded headers %v", x.Request.Header)
	}
}

func hijackAndClose(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		conn.Close()
	}
}

func TestResendOfAReadIsCounted(t *testing.T) {
	var calls atomic.Int32
	s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 2 {
			hijackAndClose(w)
		}
	}, nil)
	c := s.client(h1)
	s.must(read(c.Get(sandbox + "/v1/payouts")))
	s.must(read(c.Get(sandbox + "/v1/payouts")))
	if x := s.end().Exchanges[1]; x.Sends != 2 || x.Response.Status != 200 {
		t.Errorf("sends %d, want 2", x.Sends)
	}
}

func TestUpstreamUnreachable(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		s := newStandAt(t, l.Addr().String(), nil, nil)
		r := s.must(s.post(s.client(w), s.url(w, "/v1/payouts"), "{}"))
		if r.StatusCode != 502 || !strings.Contains(r.body, `"upstream_unreachable"`) {
			t.Errorf("the app got %d %q", r.StatusCode, r.body)
		}
		x := s.only()
		if x.Fault == nil || x.Fault.Kind != recording.FaultUpstream || !strings.Contains(x.Error, "Anton cannot be reached") || x.Status() != 502 {
			t.Errorf("recorded as %+v", x)
		}
	})
}

func TestUpstreamIsVerified(t *testing.T) {
	s := newStand(t, echo, func(o *Options) { _, o.Upstream.Roots = fakeAnton(t) })
	if r := s.must(s.post(s.client(h1), sandbox+"/v1/payouts", "{}")); r.StatusCode != 502 {
		t.Errorf("an upstream of an unknown authority was believed: %d", r.StatusCode)
	}
	if x := s.only(); !strings.Contains(x.Error, "certificate") {
		t.Errorf("recorded error %q", x.Error)
	}
}

func TestUpstreamDiesInTheBody(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		for name, length := range map[string]int{"chunked": 0, "short": 1000, "long": 1 << 20} {
			t.Run(name, func(t *testing.T) {
				s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
					if length > 0 {
						w.Header().Set("Content-Length", fmt.Sprint(length))
					}
					_, _ = io.WriteString(w, "half")
					_ = http.NewResponseController(w).Flush()
					panic(http.ErrAbortHandler)
				}, nil)
				r, err := read(s.client(w).Get(s.url(w, "/v1/payouts")))
				if err != nil || r.err == nil {
					t.Fatalf("the app saw a whole answer %q (%v)", r.body, err)
				}
				if r.body != "half" {
					t.Errorf("the app saw %q", r.body)
				}
				x := s.only()
				if !strings.Contains(x.Error, "Anton's answer broke off") || x.Response == nil || !x.Response.Body.Cut || x.Response.Body.Text != "half" {
					t.Errorf("recorded as %+v %+v", x, x.Response)
				}
			})
		}
	})
}

func TestClientGoesAway(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		arrived := make(chan struct{})
		gone := make(chan struct{})
		s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
			close(arrived)
			<-r.Context().Done()
			close(gone)
		}, nil)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-arrived; cancel() }()
		req, _ := http.NewRequestWithContext(ctx, "GET", s.url(w, "/v1/payouts"), nil)
		if _, err := s.client(w).Do(req); !errors.Is(err, context.Canceled) {
			t.Fatalf("%v", err)
		}
		<-gone
		s.await(func(r *recording.Recording) bool { return len(r.Exchanges) == 1 })
		if x := s.only(); x.Response != nil || !strings.HasPrefix(x.Error, "the app hung up after") {
			t.Errorf("recorded as %+v", x)
		}
	})
}

func TestClientGoesAwayInTheBody(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "first")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, "GET", s.url(w, "/v1/payouts"), nil)
		resp, err := s.client(w).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(resp.Body, make([]byte, 5)); err != nil {
			t.Fatal(err)
		}
		cancel()
		s.await(func(r *recording.Recording) bool { return len(r.Exchanges) == 1 })
		if x := s.only(); x.Response == nil || !x.Response.Body.Cut || x.Response.Body.Text != "first" || !strings.HasPrefix(x.Error, "the app hung up after") {
			t.Errorf("recorded as %+v %+v", x, x.Response)
		}
	})
}

func TestStreamsArriveAsTheyCome(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		next := make(chan string)
		s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			_ = http.NewResponseController(w).Flush()
			for line := range next {
				_, _ = io.WriteString(w, line)
				_ = http.NewResponseController(w).Flush()
			}
		}, nil)
		resp, err := s.client(w).Get(s.url(w, "/v1/events")) // the head comes before any event
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		lines := bufio.NewReader(resp.Body)
		for _, want := range []string{"data: 1\n", "data: 2\n", "data: 3\n"} {
			next <- want
			if got, err := lines.ReadString('\n'); got != want {
				t.Fatalf("got %q %v", got, err)
			}
		}
		if n := len(s.seen.Exchanges); n != 0 {
			t.Error("recorded before its end")
		}
		close(next)
		if _, err := lines.ReadByte(); err != io.EOF {
			t.Errorf("end: %v", err)
		}
		if x := s.only(); x.Response.Body.Text != "data: 1\ndata: 2\ndata: 3\n" || x.Response.Body.Cut || x.Error != "" {
			t.Errorf("recorded as %+v", x.Response.Body)
		}
	})
}

// large is the size of one big body in MiB; GOLIVE_LARGE=1024 asks for a whole
// GiB.
func large(t *testing.T) int64 {
	text := cmp.Or(os.Getenv("GOLIVE_LARGE"), "64")
	mib, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return int64(mib) << 20
}

// A body of any size takes the same memory, whichever way it goes.
func TestLargeRequestStreamsThrough(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		size := large(t) / 2
		var before, at int64
		s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
			n, _ := io.Copy(io.Discard, r.Body)
			at = heap() // while the exchange is under way
			fmt.Fprint(w, n)
		}, nil)
		before = heap()
		req, _ := http.NewRequest("POST", s.url(w, "/v1/batches"), io.LimitReader(letters{}, size))
		c := &http.Client{Transport: s.transport(w)} // as long as it takes
		if r := s.must(read(c.Do(req))); r.body != fmt.Sprint(size) {
			t.Errorf("%s of %d bytes arrived", r.body, size)
		}
		if grown := at - before; grown > 8<<20 {
			t.Errorf("the heap grew by %d MiB", grown>>20)
		}
		if b := s.only().Request.Body; b.Size != size || !b.Cut || len(b.Bytes()) != recording.MaxBody {
			t.Errorf("recorded with size %d, cut %v, %d bytes kept", b.Size, b.Cut, len(b.Bytes()))
		}
	})
}

func TestLargeAnswerStreamsThrough(t *testing.T) {
	size := large(t)
	s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(size))
		_, _ = io.Copy(w, io.LimitReader(letters{}, size))
	}, nil)
	before := heap()
	resp, err := (&http.Client{Transport: s.transport(h1)}).Get(sandbox + "/v1/batches/b/errors") // as long as it takes
	if err != nil {
		t.Fatal(err)
	}
	half, _ := io.CopyN(io.Discard, resp.Body, size/2)
	if grown := heap() - before; grown > 8<<20 { // while the exchange is under way
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	n, err := io.Copy(io.Discard, resp.Body)
	if err != nil || half+n != size {
		t.Fatalf("%d bytes came: %v", half+n, err)
	}
	if b := s.only().Response.Body; b.Size != size || !b.Cut || len(b.Bytes()) != recording.MaxBody {
		t.Errorf("recorded with size %d, cut %v, %d bytes kept", b.Size, b.Cut, len(b.Bytes()))
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// The answer begins before the request has ended.
func TestLargeBodiesBothWays(t *testing.T) {
	const size = 2 << 20
	for w, length := range map[way]int64{h1: size, h2: -1} {
		t.Run(string(w), func(t *testing.T) {
			s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
				_ = http.NewResponseController(w).EnableFullDuplex()
				if r.ContentLength > 0 {
					w.Header().Set("Content-Length", fmt.Sprint(r.ContentLength))
				}
				_, _ = io.Copy(w, r.Body)
			}, nil)
			req, _ := http.NewRequest("POST", s.url(w, "/v1/batches"), io.LimitReader(letters{}, size))
			req.ContentLength = length
			r := s.must(read(s.client(w).Do(req)))
			if len(r.body) != size || r.ContentLength != length {
				t.Errorf("%d bytes came back, declared %d", len(r.body), r.ContentLength)
			}
			x := s.only()
			for name, b := range map[string]recording.Body{"request": x.Request.Body, "answer": x.Response.Body} {
				if b.Size != size || !b.Cut || len(b.Bytes()) != recording.MaxBody || b.Digest != x.Request.Body.Digest {
					t.Errorf("%s recorded with size %d, cut %v, %d bytes kept", name, b.Size, b.Cut, len(b.Bytes()))
				}
			}
		})
	}
}

// letters never ends.
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestManyClientsAtOnce(t *testing.T) {
	var handshakes atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(echo))
	config, roots := fakeAnton(t)
	server.TLS = config
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			handshakes.Add(1)
		}
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	s := newStandAt(t, server.Listener.Addr().String(), roots, nil)
	const clients, calls = 64, 5
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			w := []way{h1, h2, base}[i%3]
			c := s.client(w)
			for j := range calls {
				want := fmt.Sprintf(`{"client":%d,"call":%d}`, i, j)
				r, err := s.post(c, s.url(w, "/v1/payouts"), want)
				if err != nil || r.body != want {
					t.Errorf("client %d call %d: %q %v", i, j, r.body, err)
				}
			}
			c.CloseIdleConnections()
		})
	}
	all.Wait()
	rec := s.end()
	if len(rec.Exchanges) != clients*calls || s.Calls() != clients*calls {
		t.Errorf("%d exchanges recorded, %d counted, want %d", len(rec.Exchanges), s.Calls(), clients*calls)
	}
	for _, x := range rec.Exchanges {
		if x.Request.Body.Text != x.Response.Body.Text {
			t.Errorf("%s: asked %q, answered %q", x.ID, x.Request.Body.Text, x.Response.Body.Text)
		}
	}
	if n := handshakes.Load(); n > clients+16 {
		t.Errorf("%d connections to Anton for %d clients", n, clients)
	}
}

func TestShutdownWaitsForExchanges(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		arrived, answer := make(chan struct{}), make(chan struct{})
		s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
			close(arrived)
			<-answer
			_, _ = io.WriteString(w, "late")
		}, nil)
		got := make(chan reply, 1)
		go func() {
			r, err := read(s.client(w).Get(s.url(w, "/v1/payouts")))
			if err != nil {
				t.Error(err)
			}
			got <- r
		}()
		<-arrived
		idle := s.tunnel() // must not hold anyone up
		down := make(chan error, 1)
		go func() { down <- s.Shutdown(context.Background()) }()
		if _, err := idle.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a connection without an exchange ended with %v", err)
		}
		select {
		case <-down:
			t.Error("shut down with an exchange under way")
		default:
		}
		close(answer)
		if r := <-got; r.body != "late" {
			t.Errorf("the app got %q %v", r.body, r.err)
		}
		if err := <-down; err != nil {
			t.Error(err)
		}
		if x := s.only(); x.Response == nil || x.Response.Body.Text != "late" {
			t.Errorf("recorded as %+v", x)
		}
	})
}

func TestShutdownGivesUp(t *testing.T) {
	arrived := make(chan struct{})
	s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	}, nil)
	failed := make(chan error, 1)
	go func() {
		_, err := s.client(h1).Get(sandbox + "/v1/payouts")
		failed <- err
	}()
	<-arrived
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err := <-failed; err == nil {
		t.Error("the app got an answer")
	}
	s.crossing.Wait()
	if x := s.only(); x.Response != nil || x.Error == "" {
		t.Errorf("recorded as %+v", x)
	}
}

func TestWhatIsNotRecordedIsNotDelivered(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		for _, kind := range []string{"short", "long", "chunked"} {
			t.Run(kind, func(t *testing.T) {
				var s *stand
				var calls atomic.Int32
				s = newStand(t, func(w http.ResponseWriter, r *http.Request) {
					calls.Add(1)
					_ = s.writer.Close("interrupted") // the file is gone
					body := strings.Repeat("x", 200<<10)
					switch kind {
					case "short":
						body = "short"
						w.Header().Set("Content-Length", fmt.Sprint(len(body)))
					case "long":
						w.Header().Set("Content-Length", fmt.Sprint(len(body)))
					}
					_, _ = io.WriteString(w, body)
					_ = http.NewResponseController(w).Flush()
				}, nil)
				r, err := read(s.client(w).Get(s.url(w, "/v1/payouts")))
				switch {
				case err != nil:
					t.Fatal(err)
				case kind == "short" && (r.StatusCode != 502 || !strings.Contains(r.body, "recording_failed")):
					t.Errorf("the app got %d %q", r.StatusCode, r.body)
				case kind != "short" && r.err == nil:
					t.Errorf("the app got a whole answer of %d bytes", len(r.body))
				}
			})
		}
	})
}

func TestNothingIsForwardedOnceTheRecordingFailed(t *testing.T) {
	var calls atomic.Int32
	s := newStand(t, func(http.ResponseWriter, *http.Request) { calls.Add(1) }, nil)
	c := s.client(h1)
	s.must(read(c.Get(sandbox + "/v1/payouts")))
	if err := s.writer.Append(recording.Event{Open: &recording.Open{}}); err == nil {
		t.Fatal("a second opening line was written")
	}
	if r := s.must(s.post(c, sandbox+"/v1/payouts", "{}")); r.StatusCode != 502 || !strings.Contains(r.body, "recording_failed") {
		t.Errorf("the app got %d %q", r.StatusCode, r.body)
	}
	if n := calls.Load(); n != 1 {
		t.Errorf("Anton saw %d requests, want 1", n)
	}
}

func TestOtherHostsAreTunnelledUntouched(t *testing.T) {
	other := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "other") }))
	defer other.Close()
	s := newStand(t, echo, nil)
	at, _ := url.Parse(s.ProxyURL())
	tr := other.Client().Transport.(*http.Transport).Clone()
	tr.Proxy = http.ProxyURL(at)
	defer tr.CloseIdleConnections()
	r := s.must(read((&http.Client{Transport: tr}).Get(other.URL)))
	if r.body != "other" || r.TLS.PeerCertificates[0].Issuer.Organization[0] == "golive" {
		t.Errorf("got %q with a certificate of %v", r.body, r.TLS.PeerCertificates[0].Issuer)
	}
	rec := s.end() // ends the idle tunnel, too
	if len(rec.Exchanges)+len(rec.Handshakes) != 0 || s.Calls() != 0 {
		t.Error("a foreign host was recorded")
	}
}

func TestNoByteSentWithConnectIsLost(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	heard := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		all, _ := io.ReadAll(conn) // the app's end of sending comes through, too
		heard <- string(all)
		_, _ = conn.Write([]byte("reply"))
	}()
	s := newStand(t, echo, nil)
	conn := s.connect(l.Addr().String(), []byte("early "))
	_, _ = conn.Write([]byte("later"))
	if p, ok := conn.(*preread); ok {
		conn = p.Conn
	}
	_ = conn.(*net.TCPConn).CloseWrite()
	if got := <-heard; got != "early later" {
		t.Errorf("arrived: %q", got)
	}
	if got, _ := io.ReadAll(conn); string(got) != "reply" {
		t.Errorf("came back: %q", got)
	}
}

func TestPlainHTTPToOthersIsForwarded(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s", r.Method, r.Header.Get("Accept-Encoding"), body)
	}))
	defer other.Close()
	s := newStand(t, echo, nil)
	if r := s.must(s.post(s.client(h1), other.URL, "hello", "Accept-Encoding", "br")); r.body != "POST br hello" {
		t.Errorf("got %q", r.body)
	}
	if n := len(s.end().Exchanges); n != 0 {
		t.Error("a foreign host was recorded")
	}
}

func TestMachinesOwnProxyIsUsedWithCredentials(t *testing.T) {
	other := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "other") }))
	other.Config.ErrorLog = quietLog
	other.StartTLS()
	defer other.Close()
	var asked []string
	var mu sync.Mutex
	machine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.Method+" "+r.Host+" "+r.Header.Get("Proxy-Authorization"))
		mu.Unlock()
		relay(w, other.Listener.Addr().String())
	}))
	defer machine.Close()
	own, _ := url.Parse(machine.URL)
	own.User = url.UserPassword("u", "p")
	s := newStand(t, echo, func(o *Options) {
		o.Upstream.Proxy = own
		o.Upstream.URL = &url.URL{Scheme: "https", Host: "anton.example:8443"}
	})
	at, _ := url.Parse(s.ProxyURL())
	tr := other.Client().Transport.(*http.Transport).Clone()
	tr.Proxy = http.ProxyURL(at)
	defer tr.CloseIdleConnections()
	tr.TLSClientConfig.ServerName = "example.com"
	if r := s.must(read((&http.Client{Transport: tr}).Get("https://foreign.example"))); r.body != "other" {
		t.Errorf("got %q", r.body)
	}
	_, _ = s.post(s.client(h1), sandbox+"/v1/payouts", "{}") // fails: that host has another certificate
	if x := s.end().Exchanges[0]; !strings.HasPrefix(x.Error, "Anton cannot be reached: the certificate of anton.example:8443 is not good: x509: ") {
		t.Errorf("told %q", x.Error)
	}
	const pair = "Basic dTpw"
	mu.Lock()
	defer mu.Unlock()
	if len(asked) != 2 || asked[0] != "CONNECT foreign.example:443 "+pair || asked[1] != "CONNECT anton.example:8443 "+pair {
		t.Errorf("the machine's proxy saw %q", asked)
	}
}

// relay answers CONNECT and joins the connection to addr.
func relay(w http.ResponseWriter, addr string) {
	there, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { _, _ = io.Copy(there, here); there.Close() }()
	_, _ = io.Copy(here, there)
	here.Close()
}

func TestEnvironmentIsNotAsked(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	s := newStand(t, echo, nil)
	if r := s.must(s.post(s.client(h1), sandbox+"/v1/payouts", "hi")); r.body != "hi" {
		t.Errorf("got %d %q", r.StatusCode, r.body)
	}
	other := httptest.NewServer(http.HandlerFunc(echo))
	defer other.Close()
	if r := s.must(s.post(s.client(h1), other.URL, "hi")); r.body != "hi" {
		t.Errorf("got %d %q", r.StatusCode, r.body)
	}
	conn := s.connect(other.Listener.Addr().String(), nil)
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if resp, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || resp.StatusCode != 200 {
		t.Errorf("tunnel: %v", err)
	}
}

func TestMisdirectedRequest(t *testing.T) {
	s := newStand(t, echo, nil)
	r := s.must(read(http.Get(s.ProxyURL() + "/v1/payouts")))
	if r.StatusCode != 400 || !strings.Contains(r.body, s.BaseURL()) {
		t.Errorf("got %d %q", r.StatusCode, r.body)
	}
}

func TestStartRefusesBadOptions(t *testing.T) {
	s := newStand(t, echo, nil)
	good := Options{Profile: s.profile, Writer: s.writer, Scrub: s.scrub, Authority: s.ca, Upstream: Upstream{URL: &url.URL{Scheme: "https", Host: "a"}}}
	bad := map[string]func(o *Options){
		"no profile": func(o *Options) { o.Profile = nil },
		"no URL":     func(o *Options) { o.Upstream.URL = nil },
		"ftp":        func(o *Options) { o.Upstream.URL = &url.URL{Scheme: "ftp", Host: "a"} },
		"path":       func(o *Options) { o.Upstream.URL = &url.URL{Scheme: "https", Host: "a", Path: "/v1"} },
	}
	for name, spoil := range bad {
		o := good
		spoil(&o)
		if p, err := Start(o); err == nil {
			t.Errorf("%s: accepted", name)
			_ = p.Shutdown(t.Context())
		}
	}
}

func TestListensOnLoopbackAlone(t *testing.T) {
	s := newStand(t, echo, nil)
	for _, l := range []net.Listener{s.door, s.base} {
		if !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
			t.Errorf("listens on %s", l.Addr())
		}
	}
}

func TestUnspokenConnectionsAreNoHandshake(t *testing.T) {
	s := newStand(t, echo, nil)
	conn := s.connect("api.antonpayments.dev:443", nil)
	conn.Close()
	s.must(s.post(s.client(h1), sandbox+"/v1/payouts", "{}"))
	if rec := s.end(); len(rec.Handshakes) != 1 {
		t.Errorf("%d handshakes, want 1", len(rec.Handshakes))
	}
	if text, likely := s.Distrust(); likely {
		t.Errorf("distrust: %s", text)
	}
}

func TestTheSameBytesHaveTheSameDigest(t *testing.T) {
	s := newStand(t, echo, nil)
	c := s.client(h1)
	body := rand.Text()
	for _, b := range []string{body, body, body + "."} {
		s.must(s.post(c, sandbox+"/v1/payouts", b))
	}
	x := s.end().Exchanges
	if x[0].Request.Body.Digest != x[1].Request.Body.Digest || x[0].Request.Body.Digest == x[2].Request.Body.Digest {
		t.Error("digests do not tell equal bodies from different ones")
	}
}

// An upgraded connection to another host carries bytes of any kind, both ways,
// by CONNECT and in plain http.
func TestOthersWebSocketsPassThrough(t *testing.T) {
	hello := "GET /live HTTP/1.1\r\nHost: H\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
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
			go upgrade(conn)
		}
	}()
	at := l.Addr().String()
	s := newStand(t, echo, nil)
	for way, conn := range map[string]net.Conn{"CONNECT": s.connect(at, nil), "plain": s.dial(s.door.Addr().String())} {
		first := hello
		if way == "plain" {
			first = strings.Replace(hello, "/live", "http://"+at+"/live", 1)
		}
		_, _ = io.WriteString(conn, strings.Replace(first, "Host: H", "Host: "+at, 1))
		from := bufio.NewReader(conn)
		resp, err := http.ReadResponse(from, nil)
		if err != nil || resp.StatusCode != http.StatusSwitchingProtocols || resp.Header.Get("Sec-WebSocket-Accept") != "yes" {
			t.Fatalf("%s: %+v %v", way, resp, err)
		}
		for _, frame := range []string{"\x81\x05hello", "\x00\xff\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"} {
			_, _ = io.WriteString(conn, frame)
			got := make([]byte, len(frame))
			if _, err := io.ReadFull(from, got); err != nil || string(got) != frame {
				t.Errorf("%s: %q came back as %q, %v", way, frame, got, err)
			}
		}
		_ = conn.Close()
	}
	if n := len(s.end().Exchanges); n != 0 {
		t.Errorf("%d exchanges of a foreign host were recorded", n)
	}
}

// upgrade answers 101 and gives every byte back.
func upgrade(conn net.Conn) {
	defer conn.Close()
	from := bufio.NewReader(conn)
	if _, err := http.ReadRequest(from); err != nil {
		return
	}
	_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: yes\r\n\r\n")
	_, _ = io.Copy(conn, from)
}
