package proxy

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// Bounds on the way to Anton.
const (
	idle       = 30 * time.Second  // below the idle limit of any gateway, so that reused connections live
	slowest    = 120 * time.Second // for the head of an answer
	pool       = 256               // idle connections to the one host
	shortWhole = 64 << 10          // an answer of known length up to this is recorded whole before it leaves, bytes
)

// transport is the way to Anton for what no lane takes. It verifies
// certificates, asks for no encoding of its own, speaks HTTP/1.1, and never
// sends a mutation twice.
func (p *Proxy) transport() *http.Transport {
	t := &http.Transport{
		DialContext:           (&net.Dialer{Timeout: patience}).DialContext,
		TLSClientConfig:       &tls.Config{RootCAs: p.to.Roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   patience,
		ResponseHeaderTimeout: slowest,
		IdleConnTimeout:       idle,
		MaxIdleConnsPerHost:   pool,
		DisableCompression:    true,
	}
	if net.ParseIP(p.to.URL.Hostname()) != nil {
		t.TLSClientConfig.ServerName = p.profile.Sandbox
	}
	Through(t, p.to.Proxy)
	return t
}

// cross is the one function through which a request goes to Anton, or does not.
func (p *Proxy) cross(x *exchange, r *http.Request) *http.Response {
	if err := x.read(r); err != nil {
		x.cut("the app broke off its request: " + err.Error())
	}
	p.scope.assign(x)
	if x.stop != nil {
		return x.refuse(r)
	}
	select {
	case <-p.writer.Failed():
		return x.unwritable() // what cannot be recorded is not done
	default:
	}
	if hit := p.faults.strike(x); hit != nil {
		x.early.end()
		return hit.apply(x, r)
	}
	resp, err := x.ask(x.app, r)
	x.early.end()
	if err != nil {
		return x.unanswered(err)
	}
	return x.deliver(resp)
}

// refuse answers what a guard stopped.
func (x *exchange) refuse(r *http.Request) *http.Response {
	if err := x.drain(r); err != nil {
		x.cut(x.hungUp())
	}
	x.p.log("%s: %s %s refused: %s", x.record.ID, x.record.Request.Method, x.record.Request.Path, x.stop.text)
	x.record.Fault = &recording.Interference{Kind: x.stop.kind, Note: x.stop.text}
	return x.answer(x.stop.code, asJSON(), problem(x.stop.word, "golive: "+x.stop.text))
}

// outgoing is the request as it goes up: the app's, but for the hop between us,
// for the key, and for one name in lower case: the transport sends a request
// with an Idempotency-Key again by itself when it has no body.
func (x *exchange) outgoing(ctx context.Context, r *http.Request) *http.Request {
	header := make(http.Header, len(r.Header)+1)
	for name, values := range r.Header {
		if between(name) {
			continue
		}
		switch name {
		case "Idempotency-Key", "X-Idempotency-Key":
			header[strings.ToLower(name)] = values
		case "Authorization":
			header[name] = x.p.exchangeKey(values)
		default:
			header[name] = values
		}
	}
	if header["User-Agent"] == nil {
		header["User-Agent"] = nil // else the transport adds its own
	}
	out := &http.Request{
		Method: r.Method, URL: x.p.goal(x, r), Host: x.record.Request.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: r.ContentLength, Trailer: r.Trailer,
	}
	out.Body, out.GetBody = x.onward(r)
	if r.ContentLength < 0 {
		out.TransferEncoding = []string{"chunked"} // else the transport drops the framing of an empty body
	}
	return out.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { x.sends.Add(1) },
		Got1xxResponse: func(status int, header textproto.MIMEHeader) error {
			x.early.came(status, http.Header(header))
			return nil
		},
	}))
}

// between reports whether a header is of the hop between the app and us alone.
func between(name string) bool {
	switch name {
	case "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Upgrade":
		return true
	}
	return false
}

// exchangeKey puts the real key in the place of the one handed to the app.
func (p *Proxy) exchangeKey(values []string) []string {
	if p.handed == "" || p.to.Key == "" {
		return values
	}
	changed := make([]string, len(values))
	for i, v := range values {
		changed[i] = strings.ReplaceAll(v, p.handed, p.to.Key)
	}
	return changed
}

// unanswered tells the app that Anton could not be reached, or notes that the
// app did not wait.
func (x *exchange) unanswered(err error) *http.Response {
	if x.app.Err() != nil {
		x.cut(x.hungUp())
	}
	told, _ := Trouble(err, x.p.to.URL.Host, x.p.to.Proxy)
	told = "Anton cannot be reached: " + cmp.Or(told, err.Error())
	x.p.log("%s: %s", x.record.ID, told)
	x.record.Error = told
	x.record.Fault = &recording.Interference{Kind: recording.FaultUpstream, Note: "golive's own 502: Anton could not be reached"}
	return x.answer(http.StatusBadGateway, asJSON(), problem("upstream_unreachable", "golive: "+told))
}

// deliver records an answer of Anton's and lets it go, in this order.
func (x *exchange) deliver(resp *http.Response) *http.Response {
	x.record.Response = &recording.Response{Status: resp.StatusCode, Header: resp.Header}
	if x.whole == nil { // for the inner server, which reads headers as orders
		x.record.Response.Header = maps.Clone(resp.Header)
		plainHeaders(resp.Header)
	}
	switch {
	case bodiless(x.record.Request.Method, resp):
		_ = resp.Body.Close()
		resp.Body = http.NoBody
		x.got.end()
		return x.sealed(resp)
	case resp.ContentLength > 0 && resp.ContentLength <= shortWhole:
		return x.deliverWhole(resp)
	}
	x.stream = true
	if x.whole == nil && resp.ContentLength < 0 && len(resp.TransferEncoding) == 0 {
		resp.Header["Transfer-Encoding"] = []string{"identity"} // ends with the connection, there as here
	}
	x.record.FirstByte = x.p.writer.Now()
	x.got.expect(resp.ContentLength)
	resp.Body = &stream{x: x, body: resp.Body, left: resp.ContentLength}
	return resp
}

// deliverWhole reads a short answer to its end first.
func (x *exchange) deliverWhole(resp *http.Response) *http.Response {
	buf := make([]byte, resp.ContentLength)
	n, err := io.ReadFull(resp.Body, buf)
	_ = resp.Body.Close()
	x.got.take(buf[:n])
	resp.Body = io.NopCloser(bytes.NewReader(buf[:n]))
	if err != nil {
		x.stream, x.abort = true, true
		x.record.Error = x.broken(err)
	} else {
		x.got.end()
	}
	return x.sealed(resp)
}

// broken tells why an answer ended early.
func (x *exchange) broken(err error) string {
	if x.app.Err() != nil {
		return x.hungUp()
	}
	return "Anton's answer broke off: " + err.Error()
}

// sealed writes the record of an answer that is there, and then gives it.
func (x *exchange) sealed(resp *http.Response) *http.Response {
	x.record.Response.Body = x.got.body()
	if x.app.Err() != nil { // too late: nobody saw it
		if x.record.Fault == nil {
			x.record.Upstream = x.record.Response
		}
		x.record.Response = nil
		x.cut(x.hungUp())
	}
	if err := x.write(); err != nil {
		return x.unwritable()
	}
	return resp
}

// plainHeaders keeps our server from adding what Anton did not send.
func plainHeaders(h http.Header) {
	for _, name := range []string{"Content-Type", "Date"} {
		if _, ok := h[name]; !ok {
			h[name] = nil
		}
	}
}

func bodiless(method string, resp *http.Response) bool {
	return method == http.MethodHead || resp.ContentLength == 0 ||
		resp.StatusCode == http.StatusNoContent || resp.StatusCode == http.StatusNotModified
}
