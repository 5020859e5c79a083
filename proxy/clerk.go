package proxy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

// clerk serves an app's connection in HTTP/1.1, on one goroutine, as long as its
// requests are plain ones. At the first other one, the connection goes on to the
// inner server with all that was read of it.
type clerk struct {
	p      *Proxy
	client *client
	conn   *tls.Conn
	from   *bufio.Reader // of the clerk's own Read
	out    []byte        // room for an answer
	known  bool          // a request came before
	ctx    context.Context
	cancel context.CancelFunc // when the app hangs up
	watch  watch
}

// attend serves a connection until its end.
func (p *Proxy) attend(c *client, conn *tls.Conn) {
	k := &clerk{p: p, client: c, conn: conn}
	k.from = bufio.NewReaderSize(k, 8<<10)
	k.ctx, k.cancel = context.WithCancel(context.Background())
	defer k.cancel()
	k.watch.init(k)
	_ = c.SetReadDeadline(time.Now().Add(patience)) // for the first request; the others may come when they like
	for {
		head, err := k.head()
		if err != nil {
			c.hangUp()
			return
		}
		if !plain(head) {
			p.invite(c, &begun{conn, k.from})
			return
		}
		c.moved(http.StateActive)
		if !k.serve() {
			c.hangUp()
			return
		}
		c.moved(http.StateIdle)
	}
}

// head is what was received, up to the end of a head, or to where it is too long
// for a clerk.
func (k *clerk) head() ([]byte, error) {
	if _, err := k.from.Peek(1); err != nil {
		return nil, err
	}
	for slow := !k.known; ; slow = true {
		all, _ := k.from.Peek(k.from.Buffered())
		if bytes.Contains(all, []byte("\r\n\r\n")) || len(all) == k.from.Size() {
			if slow {
				_ = k.client.SetReadDeadline(time.Time{})
			}
			k.known = true
			return all, nil
		}
		if !slow {
			_ = k.client.SetReadDeadline(time.Now().Add(patience))
		}
		if _, err := k.from.Peek(len(all) + 1); err != nil {
			return nil, err
		}
	}
}

// begun is a connection of which something was read already.
type begun struct {
	*tls.Conn
	from *bufio.Reader
}

// Read gives what was read already first.
func (b *begun) Read(p []byte) (int, error) { return b.from.Read(p) }

// Read is the connection's, behind the byte that the watch may have found.
func (k *clerk) Read(p []byte) (int, error) {
	if n, err := k.watch.found(p); n > 0 || err != nil {
		return n, err
	}
	return k.conn.Read(p)
}

const badRequest = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request"

// serve takes one request to Anton and its answer back; false: the connection
// has to end.
func (k *clerk) serve() (again bool) {
	r, err := http.ReadRequest(k.from)
	if err != nil {
		_, _ = io.WriteString(k.conn, badRequest)
		return false
	}
	if r.Header.Get("Expect") != "" && r.ContentLength != 0 {
		r.Body = &expected{r.Body, k.conn, false}
	}
	x := k.p.open(k.client, r, k.ctx)
	defer x.leave()
	defer k.watch.end()
	defer func() {
		e := recover()
		again = again && e == nil
		if e != nil && e != http.ErrAbortHandler { // which is an exchange without an answer
			k.p.log("%s: %v", x.record.ID, e)
		}
	}()
	x.whole, x.early.pass = k.watch.begin, k.inform
	return k.answer(x, r, k.p.cross(x, r)) && !x.abort && x.sent.ended()
}

// expected is a body that its sender holds back until it is asked for.
type expected struct {
	io.ReadCloser
	to    io.Writer
	asked bool
}

// Read asks for the body first.
func (e *expected) Read(p []byte) (int, error) {
	if !e.asked {
		e.asked = true
		if _, err := io.WriteString(e.to, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
			return 0, err
		}
	}
	return e.ReadCloser.Read(p)
}

// lateness is how long an exchange goes on before its app is watched.
const lateness = 2 * time.Millisecond

// watch notices that the app hangs up while it waits for its answer: it reads
// ahead, one byte.
type watch struct {
	k     *clerk
	timer *time.Timer

	mu   sync.Mutex
	busy bool          // an exchange is under way, its request read
	over chan struct{} // closed when the reading ended; nil: it did not begin
	one  [1]byte
	n    int
	err  error
}

func (w *watch) init(k *clerk) {
	w.k = k
	w.timer = time.AfterFunc(time.Hour, w.look)
	w.timer.Stop()
}

// begin has the app watched soon.
func (w *watch) begin() {
	w.mu.Lock()
	w.busy = true
	w.mu.Unlock()
	w.timer.Reset(lateness)
}

func (w *watch) look() {
	w.mu.Lock()
	if !w.busy || w.over != nil || w.n > 0 || w.err != nil {
		w.mu.Unlock()
		return
	}
	over := make(chan struct{})
	w.over = over
	w.mu.Unlock()
	n, err := w.k.conn.Read(w.one[:])
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
	}
	if err != nil {
		w.k.cancel()
	}
	w.mu.Lock()
	w.n, w.err = n, err
	w.mu.Unlock()
	close(over)
}

// end stops watching, and waits until nobody reads.
func (w *watch) end() {
	w.timer.Stop()
	w.mu.Lock()
	over := w.over
	w.busy, w.over = false, nil
	w.mu.Unlock()
	if over == nil {
		return
	}
	_ = w.k.client.SetReadDeadline(time.Unix(1, 0))
	<-over
	_ = w.k.client.SetReadDeadline(time.Time{})
}

// found is what was read ahead.
func (w *watch) found(p []byte) (n int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n > 0 && len(p) > 0 {
		p[0], w.n = w.one[0], 0
		return 1, nil
	}
	return 0, w.err
}
