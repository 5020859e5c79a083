package proxy

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// exchange is one request on its way through, and the record of it.
type exchange struct {
	p      *Proxy
	client *client
	app    context.Context // ends when the app hangs up
	record recording.Exchange
	route  anton.Route // zero: none of the profile's
	change bool        // a mutation by the checklist's words
	owner  *operation  // nil: none known
	stop   *refusal    // nil: it may go up
	sent   capture     // the request's body
	got    capture     // the answer's body
	early  early
	sends  atomic.Int32
	whole  func() // told when the request was read; nil: nobody asks

	stream  bool // the answer leaves piece by piece
	abort   bool // the answer is not whole: cut the connection
	written bool // the record was handed over
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// begin notes a request whose head was read.
func (p *Proxy) begin(c *client, r *http.Request, app context.Context) *exchange {
	p.calls.Add(1)
	p.crossing.Add(1)
	c.mu.Lock()
	c.requests++
	c.mu.Unlock()
	if c.trap == "" && !c.plain {
		p.trust.used()
	}
	path, query := target(r)
	scheme := "https"
	if c.plain {
		scheme = "http"
	}
	x := &exchange{p: p, client: c, app: app}
	x.sent.sum, x.got.sum = p.sum, p.sum
	x.route, _ = p.profile.Route(r.Method, path)
	x.change = p.profile.Mutation(r.Method, path)
	x.record = recording.Exchange{
		ID: p.writer.ID("x"), Conn: c.id, Start: p.writer.Now(),
		Request: recording.Request{
			Method: r.Method, Scheme: scheme, Host: c.host, Path: path, Query: query, Proto: r.Proto,
			Header: r.Header,
		},
	}
	return x
}

// leave ends an exchange, however it ended.
func (x *exchange) leave() {
	defer x.p.crossing.Done()
	if !x.written {
		x.record.Error = "golive broke off"
		_ = x.write()
	}
	x.p.scope.release(x)
	for _, c := range []*capture{&x.sent, &x.got} {
		if h := c.release(); h != nil {
			x.p.hashes.Put(h)
		}
	}
}

// write records the exchange: once, before the answer's last byte leaves. Its
// error means that the answer must not be delivered.
func (x *exchange) write() error {
	x.written = true
	x.record.End = x.p.writer.Now()
	if x.record.Response != nil && x.record.FirstByte.IsZero() {
		x.record.FirstByte = x.record.End
	}
	x.record.Request.Body = x.sent.body()
	x.record.Sends = int(x.sends.Load())
	x.p.scope.note(x)
	err := x.p.writer.Append(recording.Event{Exchange: &x.record})
	if err != nil {
		x.p.log("recording: %v", err)
	}
	return err
}

// cut records an exchange without a whole answer and gives the connection up.
// It does not return.
func (x *exchange) cut(why string) {
	x.record.Error = why
	_ = x.write()
	panic(http.ErrAbortHandler)
}

// hungUp tells that the app did not wait.
func (x *exchange) hungUp() string {
	return fmt.Sprintf("the app hung up after %s", seconds(x.p.writer.Now().Sub(x.record.Start)))
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// response is an answer as the recording keeps it.
func response(status int, header http.Header, body recording.Body) *recording.Response {
	kept := make(map[string][]string, len(header))
	for name, values := range header {
		if len(values) > 0 {
			kept[name] = values
		}
	}
	return &recording.Response{Status: status, Header: kept, Body: body}
}
