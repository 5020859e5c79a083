package proxy

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// turns is how many exchanges are made up; one in eight goes by HTTP/2.
const turns = 10_000

// seed makes the turns; the nth is the same in every run.
const seed = 20261120

// turn is a made-up exchange.
type turn struct {
	n       int
	method  string
	target  string
	header  []string // lines of the request, without framing
	framing framing
	body    []byte
	trailer string
	waits   bool // the body comes after 100 Continue

	status  int
	answer  []string
	coming  framing
	content []byte
	after   string // trailer of the answer
	early   bool   // 100 Continue although nobody asked
	pieces  int    // in how many writes the answer leaves
}

// framing is how a message tells its end.
type framing int

const (
	bare    framing = iota // no body and no word about it
	length                 // Content-Length
	chunked                // in chunks
	toEnd                  // answers alone: until the connection closes
)

func (t *turn) streams() bool { return t.n%8 == 7 } // by HTTP/2

func makeTurn(n int) *turn {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	t := &turn{n: n, pieces: 1 + r.IntN(3)}
	t.method = pick(r, "GET", "GET", "POST", "POST", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PURGE")
	t.target = pick(r, "/v1/payouts", "/v1/payouts/pay_"+noise(r), "/v1/a%2Fb/%7e%20c", "/v1/batches//"+noise(r)+"/", "/v1/pay(outs)!'*;a=b") +
		pick(r, "?", "?limit=20&", "?cursor=a%2Bb%2F%3D%3D&", "?a=1+2&&b&") + "turn=" + strconv.Itoa(n)
	t.header = lines(r, "User-Agent: shop/"+noise(r), "Accept: */*", "Accept-Encoding: gzip, br, zstd", "Content-Type: application/json",
		"Content-Type: text/plain", "Idempotency-Key: "+noise(r), "Authorization: Bearer "+noise(r), "Cookie: a=1; b="+noise(r), "X-Forwarded-For: 1.2.3.4",
		"If-None-Match: \""+noise(r)+"\"", "Range: bytes=0-9", "Cache-Control: no-store", "TE: trailers")
	if t.method != "HEAD" && r.IntN(3) > 0 || strings.HasPrefix(t.method, "P") {
		t.framing = framing(1 + r.IntN(2))
		t.body = content(r)
		t.trailer = trailer(r, t.framing)
		t.waits = r.IntN(8) == 0 && len(t.body) > 0 && !t.streams()
	}
	t.status = []int{200, 200, 200, 201, 202, 204, 206, 301, 304, 400, 401, 404, 409, 422, 429, 499, 500, 503}[r.IntN(18)]
	t.answer = lines(r, "Date: Fri, 20 Nov 2026 10:00:00 GMT", "Server: anton", "Content-Type: application/json; charset=utf-8", "Content-Type: text/csv",
		"Set-Cookie: a="+noise(r), "Set-Cookie: b=2", "Location: /elsewhere?a="+noise(r), "Retry-After: 3", "Via: 1.1 edge", "Vary: *", "Anton-Version: 2026-02")
	t.early = r.IntN(20) == 0
	if t.status == 204 || t.status == 304 {
		return t
	}
	t.coming = framing(1 + r.IntN(2))
	if t.method != "HEAD" && r.IntN(40) == 0 {
		t.coming = toEnd
	}
	t.content = content(r)
	t.after = trailer(r, t.coming)
	t.encode(r)
	if t.method == "HEAD" {
		t.after = ""
	}
	return t
}

// encode packs some answers, or says so of bytes that nobody could unpack.
func (t *turn) encode(r *rand.Rand) {
	switch r.IntN(6) {
	case 0:
		var packed bytes.Buffer
		z := packer.Get().(*gzip.Writer)
		defer packer.Put(z)
		z.Reset(&packed)
		_, _ = z.Write(t.content)
		_ = z.Close()
		t.content = packed.Bytes()
		t.answer = append(t.answer, "Content-Encoding: gzip")
	case 1:
		t.answer = append(t.answer, "Content-Encoding: "+pick(r, "br", "zstd", "gzip", "identity", "odd"))
	case 2:
		t.answer = append(t.answer, "Content-Type: text/event-stream")
		t.content = []byte(strings.Repeat("data: "+noise(r)+"\n\n", r.IntN(20)))
	}
}

var packer = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

func pick(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }

func noise(r *rand.Rand) string { return strconv.FormatUint(r.Uint64()>>r.IntN(60), 36) }

// lines are some of those given, and odd ones.
func lines(r *rand.Rand, of ...string) (some []string) {
	for _, l := range of {
		if r.IntN(3) == 0 {
			some = append(some, l)
		}
	}
	for range r.IntN(4) {
		value := []byte(noise(r))
		for i := range value {
			if r.IntN(8) == 0 {
				value[i] = " \"\\\t;,=\xe9<>%~"[r.IntN(12)]
			}
		}
		some = append(some, "X-"+noise(r)+": "+strings.TrimSpace(string(value)))
	}
	return append(some, "Empty:", "x_under."+noise(r)+": 1")
}

func trailer(r *rand.Rand, f framing) string {
	if f != chunked || r.IntN(3) > 0 {
		return ""
	}
	return noise(r)
}

// content is a body: mostly short, JSON or bytes of any kind, seldom longer than
// what the recording keeps.
func content(r *rand.Rand) []byte {
	size := r.IntN(200)
	switch at := r.IntN(2500); {
	case at < 100:
		size = 0
	case at < 106:
		size = r.IntN(200 << 10)
	case at == 106:
		size = recording.MaxBody + r.IntN(1000)
	}
	if r.IntN(3) == 0 {
		return []byte(`{"amount":"12.50","note":"` + strings.Repeat("ab ", size/3) + `"}`)
	}
	all := make([]byte, size, size+8)
	for i := 0; i < size; i += 8 {
		v := r.Uint64()
		for k := 0; k < 8 && i+k < size; k++ {
			all[i+k] = byte(v >> (8 * k))
		}
	}
	return all
}

// message appends framing and body to a head.
func message(head string, f framing, body []byte, trailer string, bodiless bool) (first, rest []byte) {
	if trailer != "" {
		head += "Trailer: X-Sum\r\n"
	}
	switch f {
	case length:
		head += "Content-Length: " + strconv.Itoa(len(body)) + "\r\n"
	case chunked:
		head += "Transfer-Encoding: chunked\r\n"
	case toEnd:
		head += "Connection: close\r\n"
	}
	first = []byte(head + "\r\n")
	switch {
	case bodiless || f == bare:
		return first, nil
	case f != chunked:
		return first, body
	}
	for size := 1; len(body) > 0; size *= 7 {
		n := min(size, len(body))
		rest = fmt.Appendf(rest, "%x\r\n%s\r\n", n, body[:n])
		body = body[n:]
	}
	rest = append(rest, "0\r\n"...)
	if trailer != "" {
		rest = append(rest, "X-Sum: "+trailer+"\r\n"...)
	}
	return first, append(rest, "\r\n"...)
}

func (t *turn) request() (head, rest []byte) {
	text := t.method + " " + t.target + " HTTP/1.1\r\nHost: api.antonpayments.dev\r\n" + strings.Join(t.header, "\r\n") + "\r\n"
	if t.waits {
		text += "Expect: 100-continue\r\n"
	}
	return message(text, t.framing, t.body, t.trailer, false)
}

func (t *turn) reply() []byte {
	text := fmt.Sprintf("HTTP/1.1 %d Whatever\r\n%s\r\n", t.status, strings.Join(t.answer, "\r\n"))
	first, rest := message(text, t.coming, t.content, t.after, t.method == "HEAD")
	if t.early {
		first = append([]byte("HTTP/1.1 100 Continue\r\n\r\n"), first...)
	}
	return append(first, rest...)
}

// troupe are Antons that answer turns, and keep what they were asked.
type troupe struct {
	turns []*turn
	asked [][2]view // by turn: without and with the proxy
}

// speak is one connection of Anton's in HTTP/1.1; who tells which of the two.
func (tr *troupe) speak(conn net.Conn, who int) {
	defer conn.Close()
	from := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(from)
		if err != nil {
			return
		}
		t := tr.find(req.RequestURI)
		if t == nil {
			return
		}
		if t.waits {
			_, _ = io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n")
		}
		tr.asked[t.n][who] = seen(req)
		if err := inPieces(conn, t.reply(), t.pieces); err != nil || t.coming == toEnd {
			return
		}
	}
}

func (tr *troupe) find(uri string) *turn {
	_, text, _ := strings.Cut(uri, "turn=")
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n >= len(tr.turns) {
		return nil
	}
	return tr.turns[n]
}

func seen(req *http.Request) view {
	body, err := io.ReadAll(req.Body)
	req.Header.Del("Connection") // between neighbours
	return view{req.Method + " " + req.RequestURI + " " + req.Host, req.Header, req.ContentLength, req.TransferEncoding, string(body), err, filled(req.Trailer)}
}

func inPieces(w io.Writer, all []byte, n int) error {
	for ; n > 0; n-- {
		part := all[:len(all)/n]
		if _, err := w.Write(part); err != nil {
			return err
		}
		all = all[len(part):]
	}
	return nil
}

// listen serves connections until the test ends.
func listen(t *testing.T, config *tls.Config, serve func(net.Conn)) (addr string) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()
	return l.Addr().String()
}

// appLine is an app's connection, opened again when an answer closed it.
type appLine struct {
	open func() net.Conn
	conn net.Conn
	from *bufio.Reader
}

// ask sends a turn's request and reads what the app sees.
func (l *appLine) ask(t *turn) (view, error) {
	if l.conn == nil {
		l.conn = l.open()
		_ = l.conn.SetDeadline(time.Now().Add(10 * time.Minute)) // all turns
		l.from = bufio.NewReader(l.conn)
	}
	head, rest := t.request()
	if !t.waits {
		head, rest = append(head, rest...), nil
	}
	done := make(chan error, 1)
	go func() { done <- inPieces(l.conn, head, t.pieces) }()
	for {
		resp, err := http.ReadResponse(l.from, &http.Request{Method: t.method})
		if err != nil {
			return view{}, err
		}
		if resp.StatusCode == http.StatusContinue {
			go func(late []byte) { done <- errors.Join(<-done, inPieces(l.conn, late, t.pieces)) }(rest)
			rest = nil
			continue
		}
		body, err := io.ReadAll(resp.Body)
		if err := <-done; err != nil {
			return view{}, err
		}
		if resp.Close {
			_ = l.conn.Close()
			l.conn = nil
		}
		resp.Header.Del("Connection")
		return view{resp.Status, resp.Header, resp.ContentLength, resp.TransferEncoding, string(body), err, filled(resp.Trailer)}, nil
	}
}

// handle is an Anton that speaks HTTP/2 for a turn.
func (tr *troupe) handle(w http.ResponseWriter, r *http.Request) {
	t := tr.find(r.RequestURI)
	tr.asked[t.n][0] = seen(r)
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(bytes.TrimPrefix(t.reply(), []byte("HTTP/1.1 100 Continue\r\n\r\n")))), &http.Request{Method: t.method})
	if err != nil {
		panic(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Header.Del("Connection")
	h := w.Header()
	for name, values := range resp.Header {
		h[name] = values
	}
	plainHeaders(h)
	if len(resp.Trailer) > 0 {
		h["Trailer"] = []string{"X-Sum"}
	}
	w.WriteHeader(resp.StatusCode)
	if resp.ContentLength < 0 && t.method != "HEAD" {
		_ = http.NewResponseController(w).Flush()
	}
	_, _ = w.Write(body)
	for name, values := range resp.Trailer {
		h[name] = values
	}
}

// askStream is ask in HTTP/2.
func askStream(c *http.Client, t *turn) (view, error) {
	req, err := http.NewRequestWithContext(context.Background(), t.method, sandbox+t.target, nil)
	if err != nil {
		return view{}, err
	}
	for _, l := range t.header {
		name, value, _ := strings.Cut(l, ":")
		req.Header.Add(name, strings.TrimSpace(value))
	}
	if t.framing != bare {
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(t.body)), int64(len(t.body))
	}
	if t.framing == chunked {
		req.ContentLength = -1
	}
	if t.trailer != "" {
		req.Trailer = http.Header{"X-Sum": {t.trailer}}
	}
	resp, err := c.Do(req)
	if err != nil {
		return view{}, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	return view{fmt.Sprint(resp.StatusCode), resp.Header, resp.ContentLength, nil, string(body), err, filled(resp.Trailer)}, nil
}

// TestGeneratedExchanges: what Anton and the app see is the same without and
// with the proxy, and the recording holds it.
func TestGeneratedExchanges(t *testing.T) {
	tr := &troupe{}
	count := turns
	if testing.Short() {
		count /= 10
	}
	for n := range count {
		tr.turns = append(tr.turns, makeTurn(n))
	}
	tr.asked = make([][2]view, len(tr.turns))
	config, roots := fakeAnton(t)
	direct := listen(t, config, func(c net.Conn) { tr.speak(c, 0) })
	behind := listen(t, config, func(c net.Conn) { tr.speak(c, 1) })
	var scrub *recording.Scrub
	s := newStandAt(t, behind, roots, func(o *Options) { scrub, o.Log = o.Scrub, nil })
	streaming := httptest.NewUnstartedServer(http.HandlerFunc(tr.handle))
	streaming.TLS, streaming.EnableHTTP2 = config.Clone(), true
	streaming.StartTLS()
	defer streaming.Close()

	var workers sync.WaitGroup
	next := make(chan *turn)
	for range 4 {
		workers.Go(func() {
			plain := &appLine{open: func() net.Conn {
				return tls.Client(s.dial(direct), &tls.Config{RootCAs: roots, ServerName: "api.antonpayments.dev"})
			}}
			through := &appLine{open: func() net.Conn { return s.tunnel() }}
			to := &net.Dialer{}
			h2direct := &http.Transport{ForceAttemptHTTP2: true, DisableCompression: true, TLSClientConfig: &tls.Config{RootCAs: roots},
				DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
					return to.DialContext(ctx, "tcp", streaming.Listener.Addr().String())
				}}
			defer h2direct.CloseIdleConnections()
			stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			h2plain, h2through := &http.Client{Transport: h2direct, CheckRedirect: stay}, &http.Client{Transport: s.transport(h2), CheckRedirect: stay}
			for turn := range next {
				var a, b view
				var err, late error
				if turn.streams() {
					a, err = askStream(h2plain, turn)
					b, late = askStream(h2through, turn)
				} else {
					a, err = plain.ask(turn)
					b, late = through.ask(turn)
				}
				if err != nil || late != nil {
					t.Errorf("turn %d: %+v: direct %v, through the proxy %v", turn.n, turn, err, late)
					plain.conn, through.conn = nil, nil
					continue
				}
				tr.compare(t, turn, a, b)
			}
		})
	}
	for _, turn := range tr.turns {
		next <- turn
	}
	close(next)
	workers.Wait()
	tr.recorded(t, s.end(), scrub)
}

func (tr *troupe) compare(t *testing.T, turn *turn, direct, through view) {
	asked := tr.asked[turn.n]
	if turn.streams() {
		asked[1].Coding, asked[0].Coding = nil, nil
	}
	before := t.Failed()
	same(t, fmt.Sprintf("turn %d: Anton sees", turn.n), asked[0], asked[1])
	same(t, fmt.Sprintf("turn %d: the app sees", turn.n), direct, through)
	if asked[1].Body != string(turn.body) || turn.method != "HEAD" && through.Body != string(turn.content) {
		t.Errorf("turn %d: other bytes than were sent", turn.n)
	}
	if t.Failed() && !before {
		t.Logf("the first of them: %+v", turn)
	}
}

// recorded holds the recording against the turns.
func (tr *troupe) recorded(t *testing.T, rec *recording.Recording, scrub *recording.Scrub) {
	t.Helper()
	digest := func(body []byte) string {
		if len(body) == 0 {
			return ""
		}
		h := scrub.Hash()
		h.Write(body)
		return hex.EncodeToString(h.Sum(nil))
	}
	kept := map[int]bool{}
	for _, x := range rec.Exchanges {
		asked, _ := url.ParseQuery(x.Request.Query)
		turn := tr.find("turn=" + asked.Get("turn"))
		if turn == nil || kept[turn.n] {
			t.Fatalf("%s: no such turn, or a second time: %q", x.ID, x.Request.Query)
		}
		kept[turn.n] = true
		if turn.method == "HEAD" {
			turn.content = nil
		}
		path, _, _ := strings.Cut(turn.target, "?")
		if x.Request.Method != turn.method || x.Request.Path != path || x.Response.Status != turn.status || x.Error != "" || x.Sends != 1 ||
			x.Request.Body.Digest != digest(turn.body) || x.Response.Body.Digest != digest(turn.content) ||
			x.Request.Body.Size != int64(len(turn.body)) || x.Response.Body.Size != int64(len(turn.content)) {
			t.Errorf("turn %d: %+v: recorded as %+v %+v", turn.n, turn, x, x.Response)
		}
	}
	if len(kept) != len(tr.turns) {
		t.Errorf("%d of %d turns were recorded", len(kept), len(tr.turns))
	}
}
