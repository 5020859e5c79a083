//go:build unix

package proxy

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// ages is longer than anything takes: for what must end by itself.
const ages = 90 * time.Second

// unharmed makes sure that a well-behaved app is served.
func (s *stand) unharmed() {
	s.t.Helper()
	for _, w := range []way{h1, h2, base} {
		tr := s.transport(w)
		r := s.must(s.post(&http.Client{Transport: tr, Timeout: ages}, s.url(w, "/v1/payouts"), "well behaved"))
		if r.body != "well behaved" {
			s.t.Errorf("%s: got %q", w, r.body)
		}
		tr.CloseIdleConnections()
	}
}

// hungUpOn waits until the other side has closed.
func hungUpOn(conn net.Conn) error {
	_ = conn.SetDeadline(time.Now().Add(ages))
	_, err := io.Copy(io.Discard, conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return nil
}

// TestSlowClients: who does not come to the point is hung up on, at the door,
// in the handshake and within a connection; everybody else is served meanwhile.
func TestSlowClients(t *testing.T) {
	s := newStand(t, echo, nil)
	door, base := s.door.Addr().String(), s.base.Addr().String()
	hello := "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" // a ClientHello of 512 bytes begins
	conns := map[string]net.Conn{
		"silent at the door": s.dial(door), "silent at the base URL": s.dial(base),
		"a drop at the door": s.dial(door), "half a CONNECT": s.dial(door), "half a hello": s.dial(base),
		"silent after CONNECT": s.connect("api.antonpayments.dev:443", nil), "half a hello after CONNECT": s.connect("api.antonpayments.dev:443", nil),
		"silent in TLS": s.tunnel(), "half a head in TLS": s.tunnel(),
	}
	for name, words := range map[string]string{
		"a drop at the door": "G", "half a CONNECT": "CONNECT api.antonpayments.dev:443 HTTP/1.1\r\nX: ", "half a hello": hello,
		"half a hello after CONNECT": hello, "half a head in TLS": "POST /v1/payouts HTTP/1.1\r\nHost: api.antonpayments.dev\r\nX-",
	} {
		_, _ = io.WriteString(conns[name], words)
	}
	var all sync.WaitGroup
	stop := make(chan struct{})
	for name, conn := range conns {
		all.Go(func() {
			if err := hungUpOn(conn); err != nil && name != "silent in TLS" { // an idle connection is nothing bad
				t.Errorf("%s: still there", name)
			}
		})
	}
	drip := s.tunnel()
	_, _ = io.WriteString(drip, "GET /v1/payouts HTTP/1.1\r\n")
	go func() { // a byte at a time buys no more time
		for {
			select {
			case <-stop:
				return
			case <-time.After(200 * time.Millisecond):
				_, _ = io.WriteString(drip, "x")
			}
		}
	}()
	s.unharmed()
	all.Go(func() {
		if err := hungUpOn(drip); err != nil {
			t.Error("dripping: still there")
		}
	})
	idle := conns["silent in TLS"]
	_, _ = io.WriteString(idle, "GET /v1/payouts HTTP/1.1\r\nHost: api.antonpayments.dev\r\nConnection: close\r\n\r\n")
	all.Wait()
	close(stop)
	s.unharmed()
}

// TestMalformed: what is no HTTP gets 400 or nothing, reaches Anton never or as
// what it says, and harms nobody.
func TestMalformed(t *testing.T) {
	var reached atomic.Int32
	s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/smuggled") {
			t.Errorf("%s %s reached Anton", r.Method, r.URL)
		}
		if r.URL.Path != "/v1/payouts" {
			reached.Add(1)
		}
		echo(w, r)
	}, nil)
	const host = "Host: api.antonpayments.dev\r\n"
	inner := "GET /v1/smuggled HTTP/1.1\r\n" + host + "\r\n"
	for name, words := range map[string]string{
		"no HTTP":             "hello\r\n\r\n",
		"bytes":               "\x00\x01\x02\xff\r\n\r\n",
		"no version":          "GET /\r\n\r\n",
		"another version":     "GET / HTTP/9.9\r\n" + host + "\r\n",
		"HTTP/2 in the clear": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"no host":             "GET /v1/none HTTP/1.1\r\n\r\n",
		"two hosts":           "GET /v1/two HTTP/1.1\r\n" + host + host + "\r\n",
		"space before colon":  "GET /v1/x HTTP/1.1\r\n" + host + "A : b\r\n\r\n",
		"zero in a header":    "GET /v1/x HTTP/1.1\r\n" + host + "A: \x00\r\n\r\n",
		"bad escape":          "GET /v1/%zz HTTP/1.1\r\n" + host + "\r\n",
		"bad method":          "GE{T} /v1/x HTTP/1.1\r\n" + host + "\r\n",
		"negative length":     "POST /v1/x HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n" + inner,
		"signed length":       "POST /v1/x HTTP/1.1\r\n" + host + "Content-Length: +5\r\n\r\n" + inner,
		"two lengths":         "POST /v1/x HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 5\r\n\r\n" + inner,
		"huge length":         "POST /v1/x HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999\r\n\r\n" + inner,
		"unknown coding":      "POST /v1/x HTTP/1.1\r\n" + host + "Transfer-Encoding: odd\r\n\r\n" + inner,
		"chunked twice":       "POST /v1/x HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + inner,
		"no chunk size":       "POST /v1/x HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + inner,
		"huge chunk":          "POST /v1/x HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + inner,
		"endless extension":   "POST /v1/x HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1;" + strings.Repeat("e", 1<<20) + "\r\n" + inner,
		"bare line feeds":     "GET /v1/x HTTP/1.1\n" + "Transfer-Encoding: xchunked\n\n" + inner,
	} {
		for place, conn := range map[string]net.Conn{"within": s.tunnel(), "at the door": s.dial(s.door.Addr().String())} {
			go func() { _, _ = io.WriteString(conn, words) }()
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err == nil && (resp.StatusCode < 400 || resp.StatusCode > 505) {
				t.Errorf("%s %s: answered %s", name, place, resp.Status)
			}
			_ = conn.Close()
		}
	}
	if n := reached.Load(); n > 0 {
		t.Errorf("%d malformed requests reached Anton whole", n)
	}
	s.unharmed()
}

// TestLengthAndChunks: of both, chunks count (RFC 9112), and Anton is told of
// them alone; what comes behind is the next request or none.
func TestLengthAndChunks(t *testing.T) {
	var asked sync.Map
	s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked.Store(r.URL.Path, fmt.Sprintf("%d %v %s", r.ContentLength, r.TransferEncoding, body))
		_, _ = w.Write(body)
	}, nil)
	conn := s.tunnel()
	_, _ = io.WriteString(conn, "POST /v1/both HTTP/1.1\r\nHost: api.antonpayments.dev\r\nContent-Length: 60\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/behind HTTP/1.1\r\nHost: api.antonpayments.dev\r\nConnection: close\r\n\r\n")
	_ = hungUpOn(conn)
	if got, ok := asked.Load("/v1/both"); ok && got != "-1 [chunked] " {
		t.Errorf("Anton saw %v", got)
	}
	s.unharmed()
}

// TestHeaderBombs: a head of any length takes no more memory than maxHead.
func TestHeaderBombs(t *testing.T) {
	s := newStand(t, echo, nil)
	line := "X-" + strings.Repeat("a", 1000) + ": " + strings.Repeat("b", 1000) + "\r\n"
	many := "a: b\r\n"
	before := heap()
	for _, l := range []string{line, many} {
		for place, conn := range map[string]net.Conn{"within": s.tunnel(), "at the door": s.dial(s.door.Addr().String())} {
			_, _ = io.WriteString(conn, "GET http://other.example/ HTTP/1.1\r\nHost: api.antonpayments.dev\r\n")
			go func() {
				for range 16 << 20 / len(l) {
					if _, err := io.WriteString(conn, l); err != nil {
						return
					}
				}
			}()
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err == nil && resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
				t.Errorf("%s: %s", place, resp.Status)
			}
			_ = conn.Close()
		}
	}
	s.awaitGone()
	if grown := heap() - before; grown > 16<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	s.unharmed()
}

// TestTLSGarbage: every kind of broken handshake is noted and forgotten.
func TestTLSGarbage(t *testing.T) {
	s := newStand(t, echo, nil)
	r := rand.New(rand.NewPCG(seed, 0))
	for n := range 200 {
		conn := s.connect("api.antonpayments.dev:443", nil)
		garbage := make([]byte, 1+r.IntN(2000))
		for i := range garbage {
			garbage[i] = byte(r.Uint32())
		}
		garbage[0] = handshakeRecord
		if n%2 == 0 { // a plausible record, garbage within
			copy(garbage, []byte{22, 3, 1, byte(r.IntN(16)), byte(r.Uint32()), 1, 0, 1, 0xfc, 3, 3})
		}
		_, _ = conn.Write(garbage)
		_ = conn.Close()
	}
	s.awaitGone()
	s.unharmed()
	for _, h := range s.end().Handshakes {
		if h.Host != "api.antonpayments.dev" {
			t.Errorf("noted as %+v", h)
		}
	}
}

// TestClientThatNeverReads: the answer waits for it, and nobody else does.
func TestClientThatNeverReads(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		begun := make(chan struct{}, 8)
		s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == "POST" {
				echo(w, r)
				return
			}
			begun <- struct{}{}
			_, _ = io.Copy(w, letters{}) // ends when the connection does
		}, nil)
		before := heap()
		var bodies []io.Closer
		for range 8 {
			resp, err := (&http.Client{Transport: s.transport(w)}).Get(s.url(w, "/v1/endless"))
			if err != nil {
				t.Fatal(err)
			}
			bodies = append(bodies, resp.Body)
			<-begun
		}
		s.unharmed()
		if grown := heap() - before; grown > 64<<20 {
			t.Errorf("the heap grew by %d MiB", grown>>20)
		}
		over, cancel := context.WithCancel(context.Background())
		cancel()
		if err := s.Shutdown(over); err == nil {
			t.Error("the shutdown did not notice")
		}
		for _, b := range bodies {
			_ = b.Close()
		}
		s.crossing.Wait()
		unread := 0
		for _, x := range s.end().Exchanges {
			if x.Request.Path == "/v1/endless" && x.Error != "" {
				unread++
			}
		}
		if unread != len(bodies) {
			t.Errorf("%d of %d unread answers are recorded as such", unread, len(bodies))
		}
	})
}

// connections is how many may be open at once: each takes two ends here.
// GOLIVE_CONNECTIONS asks for more or fewer than 2,000.
func connections(t *testing.T) int {
	want := 2000
	if text := os.Getenv("GOLIVE_CONNECTIONS"); text != "" {
		want, _ = strconv.Atoi(text)
	}
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		t.Skip(err)
	}
	l.Cur = l.Max
	_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l)
	return min(want, (int(min(l.Cur, 1<<30))-500)/2)
}

// TestManyConnections: thousands that are open and say nothing cost little
// memory each, and the app is served among them. One in ten has shaken hands.
func TestManyConnections(t *testing.T) {
	s := newStand(t, echo, nil)
	n := connections(t)
	before := heap()
	var all []net.Conn
	for i := range n {
		if i%10 == 0 {
			all = append(all, s.tunnel())
			continue
		}
		conn, err := net.Dial("tcp", s.door.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, conn)
	}
	s.unharmed()
	if each := (heap() - before) / int64(n); each > 64<<10 {
		t.Errorf("a connection takes %d KiB", each>>10)
	}
	for _, conn := range all {
		if secured, ok := conn.(*tls.Conn); ok {
			conn = secured.NetConn()
		}
		_ = conn.Close()
	}
	s.awaitGone()
	s.unharmed()
}

// A page in a browser whose own name was bound to loopback finds nothing at the
// door.
func TestReboundNamesAreRefused(t *testing.T) {
	s := newStand(t, echo, nil)
	for addr, code := range map[string]int{s.door.Addr().String(): 400, s.base.Addr().String(): 403} {
		conn := s.dial(addr)
		fmt.Fprint(conn, "GET /v1/payouts HTTP/1.1\r\nHost: rebound.example\r\n\r\n")
		if r := s.must(read(http.ReadResponse(bufio.NewReader(conn), nil))); r.StatusCode != code {
			t.Errorf("%d, want %d", r.StatusCode, code)
		}
	}
}
