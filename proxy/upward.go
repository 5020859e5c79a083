package proxy

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"
)

// maxAnswerHead bounds the head of an answer of Anton's, in bytes.
const maxAnswerHead = 10 << 20

// ask sends a request to Anton and gives the head of the answer. A request that
// is short and here whole goes by a lane, in one write; the others, and those by
// way of the machine's own proxy, by the transport.
func (x *exchange) ask(ctx context.Context, r *http.Request) (*http.Response, error) {
	body := x.sent.bytes()
	if x.p.up.Proxy != nil || !x.sent.ended() || len(body) > shortWhole || len(r.Trailer) > 0 {
		return x.p.up.RoundTrip(x.outgoing(ctx, r))
	}
	for {
		l, err := x.p.straight.take(ctx)
		if err != nil {
			return nil, err
		}
		x.sends.Add(1)
		resp, silent, err := l.exchange(ctx, x, r, body)
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead
		if err == nil || !silent || !l.used || !reads || ctx.Err() != nil {
			return resp, err
		} // the connection had ended, and a read may be sent again
	}
}

// exchange sends a request on a lane and reads the head of the answer. silent:
// not a byte of an answer came.
func (l *lane) exchange(ctx context.Context, x *exchange, r *http.Request, body []byte) (resp *http.Response, silent bool, err error) {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer func() {
		if err != nil {
			stop()
			_ = l.Close()
			err = either(ctx.Err(), err)
		}
	}()
	_ = l.SetDeadline(time.Now().Add(slowest))
	l.out = l.compose(x, r, body)
	l.room = maxAnswerHead
	_, wrong := l.Write(l.out)
	if _, err := l.from.Peek(1); err != nil {
		return nil, true, either(wrong, err)
	}
	for {
		resp, err = http.ReadResponse(l.from, r)
		switch {
		case err != nil:
			return nil, false, err
		case resp.StatusCode == http.StatusSwitchingProtocols:
			return nil, false, errors.New("Anton switched protocols, which nobody asked for")
		case resp.StatusCode >= 200:
			l.room = math.MaxInt
			resp.Body = l.body(resp, stop)
			return resp, false, nil
		}
		x.early.came(resp.StatusCode, resp.Header)
	}
}

func either(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// compose writes a request as it was sent, framing included.
func (l *lane) compose(x *exchange, r *http.Request, body []byte) []byte {
	q := &x.record.Request
	b := append(append(l.out[:0], r.Method...), ' ')
	if q.Path == "" {
		b = append(b, '/')
	}
	b = append(b, q.Path...)
	if q.Query != "" || r.URL.ForceQuery {
		b = append(append(b, '?'), q.Query...)
	}
	b = append(append(append(b, " HTTP/1.1\r\nHost: "...), q.Host...), "\r\n"...)
	for name, values := range r.Header {
		if between(name) {
			continue
		}
		if name == "Authorization" {
			values = x.p.exchangeKey(values)
		}
		for _, v := range values {
			b = append(append(append(append(b, name...), ": "...), v...), "\r\n"...)
		}
	}
	if r.ContentLength >= 0 {
		return append(append(b, "\r\n"...), body...)
	}
	b = append(b, "Transfer-Encoding: chunked\r\n\r\n"...)
	if len(body) > 0 {
		b = append(strconv.AppendInt(b, int64(len(body)), 16), "\r\n"...)
		b = append(append(b, body...), "\r\n"...)
	}
	return append(b, "0\r\n\r\n"...)
}

// body is the answer's, which gives the lane back when it was read whole.
func (l *lane) body(resp *http.Response, stop func() bool) io.ReadCloser {
	b := &answerBody{lane: l, from: resp.Body, stop: stop, last: resp.Close}
	if resp.Body == http.NoBody {
		b.end()
		return http.NoBody
	}
	if resp.ContentLength < 0 || resp.ContentLength > shortWhole {
		_ = l.SetDeadline(time.Time{}) // a stream takes as long as it takes
	}
	return b
}

// answerBody is the body of an answer on a lane.
type answerBody struct {
	lane *lane
	from io.Reader
	stop func() bool
	last bool // the lane ends with it
	done bool // the lane is given back, or closed
}

// Read gives the lane back with the last byte.
func (b *answerBody) Read(p []byte) (int, error) {
	if b.done {
		return 0, io.EOF
	}
	n, err := b.from.Read(p)
	if err == io.EOF {
		b.end()
	}
	return n, err
}

// end puts the lane back, unless it is used up or was broken off.
func (b *answerBody) end() {
	b.done = true
	if !b.stop() || b.last {
		_ = b.lane.Close()
		return
	}
	b.lane.all.put(b.lane)
}

// Close breaks an answer off that was not read whole.
func (b *answerBody) Close() error {
	if b.done {
		return nil
	}
	b.done = true
	b.stop()
	return b.lane.Close()
}
