package proxy

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
)

// oddities are exchanges that proxies like to change. What Anton sees and what
// the app sees must be the same through the proxy as without it.
var oddities = []struct{ name, request, answer string }{
	{"plain", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"},
	{"no type", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"},
	{"with date", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 200 OK\r\nDate: Fri, 20 Nov 2026 10:00:00 GMT\r\nContent-Length: 0\r\n\r\n"},
	{"chunked", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"},
	{"chunked empty", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	{"trailer", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\nTE: trailers\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n"},
	{"204", "DELETE /v1/webhooks/wbh_1 HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n"},
	{"304", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\nIf-None-Match: \"a\"\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nEtag: \"a\"\r\n\r\n"},
	{"head", "HEAD /v1/payouts HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n"},
	{"head without length", "HEAD /v1/payouts HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 200 OK\r\nX-A: b\r\n\r\n"},
	{"empty 503", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"},
	{"empty 200", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
	{"odd status", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 499 Odd\r\nContent-Length: 1\r\n\r\nx"},
	{"redirect", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 302 Found\r\nLocation: /elsewhere?a=b\r\nContent-Length: 0\r\n\r\n"},
	{"cookies", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\nCookie: a=1; b=2\r\n\r\n", "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n"},
	{"gzip that is none", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\nAccept-Encoding: gzip\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"},
	{"unknown encoding", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\nAccept-Encoding: br;q=1, *;q=0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\n\x00\xff\x01"},
	{"body", "POST /v1/payouts HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{ \"amount\" : \"1.00\"}", "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"},
	{"chunked body", "POST /v1/payouts HTTP/1.1\r\nHost: H\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n", "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"},
	{"chunked empty body", "POST /v1/payouts HTTP/1.1\r\nHost: H\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"},
	{"request trailer", "POST /v1/payouts HTTP/1.1\r\nHost: H\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n", "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"},
	{"empty post", "POST /v1/payouts/pay_1/cancel HTTP/1.1\r\nHost: H\r\nContent-Length: 0\r\nIdempotency-Key: k\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"},
	{"get with body", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"},
	{"binary body", "POST /v1/batches HTTP/1.1\r\nHost: H\r\nContent-Length: 4\r\n\r\n\x00\xff\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"},
	{"expect", "POST /v1/payouts HTTP/1.1\r\nHost: H\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"},
	{"escapes", "GET /v1/a%2Fb/%7e%20c?cursor=a%2Bb%2F%3D%25&x=1+2&&y HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
	{"raw query", "GET /v1/payouts?a=\"b\"&c=<d>|{e} HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
	{"raw path", "GET /v1/pay(outs)!'*;a=b HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
	{"empty query", "GET /v1/payouts? HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
	{"dots", "GET /v1/../v1/./payouts// HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
	{"root", "GET / HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"},
	{"asterisk", "OPTIONS * HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
	{"unknown method", "PURGE /v1/payouts HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n"},
	{"agents", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\nUser-Agent: shop/1.0 (a; b)\r\nAccept: */*\r\n\r\n", "HTTP/1.1 200 OK\r\nServer: anton\r\nVia: 1.1 edge\r\nContent-Length: 0\r\n\r\n"},
	{"same name twice", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\nX-A: 1\r\nX-A: 2\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n", "HTTP/1.1 200 OK\r\nX-B: 1\r\nX-B: 2\r\nContent-Length: 0\r\n\r\n"},
	{"odd headers", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\nx_under.score: \xe9\r\nEmpty:\r\n\r\n", "HTTP/1.1 200 OK\r\nx_under.score: \xe9\r\nEmpty:\r\nContent-Length: 0\r\n\r\n"},
	{"forwarded", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\nX-Forwarded-For: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
	{"closing", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"},
	{"long", "GET /v1/payouts HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("0123456789", 10000)},
	{"continued", "POST /v1/payouts HTTP/1.1\r\nHost: H\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"},
}

// view is a message as HTTP means it: order and case of header names have no
// meaning.
type view struct {
	First   string
	Header  http.Header
	Length  int64
	Coding  []string
	Body    string
	BodyErr error
	Trailer http.Header
}

func TestFidelity(t *testing.T) {
	wire := newWire(t)
	s := newStandAt(t, wire.addr, wire.roots, nil)
	for _, o := range oddities {
		t.Run(o.name, func(t *testing.T) {
			request := strings.Replace(o.request, "Host: H", "Host: api.antonpayments.dev", 1)
			wire.answer(o.answer)
			direct := tls.Client(s.dial(wire.addr), &tls.Config{RootCAs: wire.roots, ServerName: "api.antonpayments.dev"})
			appDirect := ask(t, direct, request)
			antonDirect := wire.last()
			appThrough := ask(t, s.tunnel(), request)
			antonThrough := wire.last()
			same(t, "Anton sees", antonDirect, antonThrough)
			same(t, "the app sees", appDirect, appThrough)
		})
	}
	for i, x := range s.end().Exchanges {
		path, query, _ := strings.Cut(strings.Fields(oddities[i].request)[1], "?")
		if x.Request.Path != path || x.Request.Query != query {
			t.Errorf("%s: recorded as %q ? %q", oddities[i].name, x.Request.Path, x.Request.Query)
		}
		unreadable := oddities[i].name == "unknown encoding" // and therefore not kept
		if x.Error != "" || x.Response.Body.Cut != unreadable || x.Request.Body.Cut {
			t.Errorf("%s: recorded as %+v %+v", oddities[i].name, x, x.Response)
		}
	}
}

func same(t *testing.T, who string, direct, through view) {
	t.Helper()
	a, b := reflect.ValueOf(direct), reflect.ValueOf(through)
	for i := range a.NumField() {
		if x, y := a.Field(i).Interface(), b.Field(i).Interface(); !reflect.DeepEqual(x, y) {
			t.Errorf("%s %s: %#v direct, %#v through the proxy", who, a.Type().Field(i).Name, x, y)
		}
	}
}

// ask sends bytes and reads the answer.
func ask(t *testing.T, conn net.Conn, request string) view {
	t.Helper()
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	from := bufio.NewReader(conn)
	for {
		resp, err := http.ReadResponse(from, &http.Request{Method: method})
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if resp.StatusCode == http.StatusContinue {
			continue
		}
		resp.Header.Del("Connection") // between neighbours
		return view{fmt.Sprint(resp.StatusCode), resp.Header, resp.ContentLength, resp.TransferEncoding, string(body), err, filled(resp.Trailer)}
	}
}

func filled(h http.Header) http.Header {
	if len(h) == 0 {
		return nil
	}
	return h
}

// wire is an Anton that gives canned bytes and keeps what it was asked.
type wire struct {
	addr  string
	roots *x509.CertPool

	mu    sync.Mutex
	bytes string
	asked view
}

func newWire(t *testing.T) *wire {
	t.Helper()
	config, roots := fakeAnton(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	w := &wire{addr: l.Addr().String(), roots: roots}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go w.serve(conn)
		}
	}()
	return w
}

func (w *wire) answer(bytes string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bytes = bytes
}

// last is what it was asked, once.
func (w *wire) last() view {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := w.asked
	w.asked = view{}
	return asked
}

func (w *wire) serve(conn net.Conn) {
	defer conn.Close()
	from := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(from)
		if err != nil {
			return
		}
		body, err := io.ReadAll(req.Body)
		w.mu.Lock()
		w.asked = view{req.Method + " " + req.RequestURI + " " + req.Host, req.Header, req.ContentLength, req.TransferEncoding, string(body), err, filled(req.Trailer)}
		answer := w.bytes
		w.mu.Unlock()
		if _, err := io.WriteString(conn, answer); err != nil || strings.Contains(answer, "Connection: close") {
			return
		}
	}
}

func TestContinueIsSaidBeforeTheBodyIsSent(t *testing.T) {
	s := newStand(t, echo, nil)
	conn := s.tunnel()
	fmt.Fprint(conn, "POST /v1/payouts HTTP/1.1\r\nHost: api.antonpayments.dev\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
	from := bufio.NewReader(conn)
	line, err := from.ReadString('\n')
	if err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("%q %v", line, err)
	}
	if line, _ = from.ReadString('\n'); line != "\r\n" {
		t.Fatalf("%q", line)
	}
	fmt.Fprint(conn, "hello")
	if r := s.must(read(http.ReadResponse(from, nil))); r.StatusCode != 200 || r.body != "hello" {
		t.Errorf("got %d %q", r.StatusCode, r.body)
	}
	if x := s.only(); x.Request.Body.Text != "hello" || x.Response.Body.Text != "hello" {
		t.Errorf("recorded as %+v", x)
	}
}

func TestRequestBrokenOff(t *testing.T) {
	s := newStand(t, echo, nil)
	conn := s.tunnel()
	fmt.Fprint(conn, "POST /v1/payouts HTTP/1.1\r\nHost: api.antonpayments.dev\r\nContent-Length: 500\r\n\r\nhello")
	conn.Close()
	s.awaitGone()
	if x := s.only(); x.Response != nil || x.Sends != 0 || !strings.HasPrefix(x.Error, "the app broke off its request") || x.Request.Body.Text != "hello" || !x.Request.Body.Cut {
		t.Errorf("recorded as %+v", x)
	}
}
