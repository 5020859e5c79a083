// Package live looks at production and changes nothing there: what golive
// cutover records and golive watch shows. Two requests leave it, and no other
// can be made with it: a GET to Anton (line.get), and the one unsigned POST to
// the merchant's own receiver, when it was asked for (receivers.probe).
package live

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// Largest answer that is read, in bytes, and how long one may take.
const (
	maxAnswer = 8 << 20
	patience  = 30 * time.Second
)

// pause and slow are the line's; tests have none.
var pause, slow = time.Second, 3 * time.Second

// Target is the production that is looked at.
type Target struct {
	URL   *url.URL       // https; its host is what the recording names
	Key   string         // sent to that host alone, and never shown
	Roots *x509.CertPool // of Anton and of webhook receivers; nil: the system's
	Agent string         // User-Agent
}

// line is golive's own line to Anton's production API.
type line struct {
	Target
	client *http.Client
	now    func() time.Time
	id     func(prefix string) string
	keep   func(*recording.Exchange) error  // takes what came of each request
	say    func(format string, args ...any) // tells why it takes long; nil: nobody
	pause  time.Duration                    // before a read is asked for the second time
	root   string                           // who vouched for the host at last, by its certificate's chain
	slow   time.Duration                    // after which say tells that an answer is awaited
}

func newLine(t Target) *line {
	return &line{Target: t, pause: pause, slow: slow, client: &http.Client{
		Timeout: patience,
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, TLSClientConfig: trust(t.Roots), DisableCompression: true,
			ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute,
		},
		// A redirect is an answer: the key goes nowhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func trust(roots *x509.CertPool) *tls.Config {
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

// once asks once and has the exchange kept; no answer is an exchange too. The
// error is that of keeping, or the context's.
func (l *line) once(ctx context.Context, path string, query url.Values) (*recording.Exchange, error) {
	at := *l.URL
	at.Path, at.RawQuery = path, query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+l.Key)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", l.Agent)
	x := &recording.Exchange{ID: l.id("p"), Start: l.now(), Request: recording.Request{
		Method: req.Method, Scheme: at.Scheme, Host: at.Host, Path: path, Query: at.RawQuery, Proto: "HTTP/1.1", Header: req.Header,
	}}
	l.await(req, x)
	x.End = l.now()
	if err := l.keep(x); err != nil {
		return nil, err
	}
	return x, ctx.Err()
}

// await is do, and tells when it takes long.
func (l *line) await(req *http.Request, x *recording.Exchange) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.do(req, x)
	}()
	select {
	case <-done:
		return
	case <-time.After(l.slow):
	}
	if l.say != nil {
		l.say("GET %s is not answered yet, waiting %s at most", req.URL.Path, patience)
	}
	<-done
}

// do sends a request and takes the answer in.
func (l *line) do(req *http.Request, x *recording.Exchange) {
	resp, err := l.client.Do(req)
	if err != nil {
		x.Error = reason(err)
		return
	}
	defer resp.Body.Close()
	x.FirstByte, x.Request.Proto = l.now(), resp.Proto
	if t := resp.TLS; t != nil && len(t.VerifiedChains) > 0 {
		chain := t.VerifiedChains[0]
		l.root = chain[len(chain)-1].Subject.String()
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	x.Response = &recording.Response{Status: resp.StatusCode, Header: resp.Header, Body: recording.Body{Base64: body, Cut: err != nil}}
	if err != nil {
		x.Error = reason(err)
	}
}

// reason is an error without the request in front of it.
func reason(err error) string {
	if u, ok := err.(*url.Error); ok {
		err = u.Err
	}
	if t, ok := err.(interface{ Timeout() bool }); ok && t.Timeout() {
		return fmt.Sprintf("it took longer than %s", patience)
	}
	return err.Error()
}

// all walks a list to its end, or to so many pages.
func (l *line) all(ctx context.Context, path string, query url.Values, pages int) ([]*recording.Exchange, error) {
	var walked []*recording.Exchange
	for range pages {
		x, err := l.get(ctx, path, query)
		if err != nil {
			return walked, err
		}
		walked = append(walked, x)
		cursor := next(x)
		if cursor == "" || cursor == query.Get("cursor") {
			return walked, nil
		}
		further := url.Values{}
		for name, values := range query {
			further[name] = values
		}
		further.Set("cursor", cursor)
		query = further
	}
	return walked, nil
}

// next is the cursor of the page after this one; "" when there is none.
func next(x *recording.Exchange) string {
	var page struct {
		More bool   `json:"has_more"`
		Next string `json:"next_cursor"`
	}
	if x.Status()/100 != 2 || json.Unmarshal(x.Response.Body.Bytes(), &page) != nil || !page.More {
		return ""
	}
	return page.Next
}

// entries are the objects of a list answer; none when it is no such answer.
func entries(x *recording.Exchange) []map[string]any {
	var page struct {
		Data []map[string]any `json:"data"`
	}
	if x.Status()/100 != 2 || json.Unmarshal(x.Response.Body.Bytes(), &page) != nil {
		return nil
	}
	return page.Data
}

// member is a text of an object, "" when it is none.
func member(o map[string]any, name string) string {
	text, _ := o[name].(string)
	return text
}

// Kind is what a key looks like, as recordings name it.
func Kind(key string) string {
	switch {
	case strings.HasPrefix(key, "ak_live_") && len(key) >= len("ak_live_")+8:
		return recording.KindLiveKey
	case strings.HasPrefix(key, "ak_test_"):
		return recording.KindTestKey
	}
	return recording.KindToken
}
