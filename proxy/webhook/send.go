package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"syscall"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// Sender delivers to the app. Its fields are set before the first Send; Send is
// safe for concurrent use.
type Sender struct {
	Writer *recording.Writer
	Scrub  *recording.Scrub
	Scheme anton.Scheme
	URL    string       // the app's endpoint
	Secret string       // "whsec_…", the secret of the subscription
	Client *http.Client // nil: no proxy, HTTP/1.1, no redirects, 35 s
}

// Message is one delivery to make.
type Message struct {
	Event     Event
	Body      []byte // nil: Event.Body(), or its odd spelling for recording.RawBody
	Variant   recording.Variant
	Shape     string // of recording.Malformed, Stale and Tampered: which
	Operation string
	Exercise  recording.Exercise
	Claims    string // the status that the event claims; empty: data.status
	Payout    string // the payout that it speaks of; empty: data.id
}

// Patience is a little more than the 30 s that Anton gives a receiver, so that
// a late answer is seen as one.
const Patience = 35 * time.Second

// Wire carries deliveries by HTTP/1.1 alone, so that a header's name keeps its
// case, and by a connection for each: none dies with an app that was killed, nor
// with a kept connection that the app closes as the delivery leaves.
var Wire http.RoundTripper = &http.Transport{DisableKeepAlives: true, DisableCompression: true, Protocols: onlyHTTP1()}

var sender = &http.Client{
	Transport:     Wire,
	Timeout:       Patience,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func onlyHTTP1() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	return p
}

// Send signs or forges the message as its variant says, delivers it, and
// records it with the app's answer. An app that does not answer is a Delivery
// with an Error; the error is the harness's own trouble: a variant that is not
// known, a delivery that could not be recorded.
//
// The delivery answered is the one recorded, id included, before scrubbing.
func (s *Sender) Send(ctx context.Context, m Message) (*recording.Delivery, error) {
	d, err := s.draft(m, s.Writer.Now())
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(d.body))
	if err != nil {
		return nil, fmt.Errorf("webhook.url: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	for name, value := range d.header {
		request.Header[name] = []string{value}
	}
	delivery := s.begin(request, d.body)
	delivery.Variant, delivery.Operation, delivery.Exercise = m.Variant, m.Operation, m.Exercise
	if m.Claims != "" {
		delivery.Claims = m.Claims
	}
	if m.Payout != "" {
		delivery.Payout = m.Payout
	}
	client := s.Client
	if client == nil {
		client = sender
	}
	s.exchange(delivery, client, request)
	return delivery, s.record(delivery)
}

// begin is a delivery about to leave.
func (s *Sender) begin(request *http.Request, body []byte) *recording.Delivery {
	says := read(body)
	return &recording.Delivery{
		ID: s.Writer.ID("d"), Variant: recording.Genuine,
		EventID: says.ID, EventType: says.Type, CreatedAt: says.CreatedAt, Claims: says.Data.Status, Payout: says.Data.ID,
		Start: s.Writer.Now(),
		Request: recording.Request{
			Method: request.Method, Scheme: request.URL.Scheme, Host: request.URL.Host, Path: request.URL.EscapedPath(),
			Query: request.URL.RawQuery, Proto: request.Proto, Header: canonical(request.Header), Body: s.kept(body),
		},
	}
}

func (s *Sender) exchange(d *recording.Delivery, client *http.Client, request *http.Request) {
	response, err := client.Do(request)
	if err == nil {
		defer response.Body.Close()
		var body []byte
		body, err = io.ReadAll(io.LimitReader(response.Body, recording.MaxBody+1))
		d.Response = &recording.Response{Status: response.StatusCode, Header: response.Header, Body: s.kept(body)}
	}
	s.finish(d, err)
}

// finish notes the end, and why there was no whole answer.
func (s *Sender) finish(d *recording.Delivery, err error) {
	d.End = s.Writer.Now()
	if err == nil {
		return
	}
	d.Error = reason(err)
	if d.Response != nil {
		d.Response.Body.Cut = true
	}
}

func (s *Sender) record(d *recording.Delivery) error {
	if err := s.Writer.Append(recording.Event{Delivery: d}); err != nil {
		return fmt.Errorf("delivery %s: %w", d.ID, err)
	}
	return nil
}

// kept is a body for the recording: at most recording.MaxBody of it.
func (s *Sender) kept(body []byte) recording.Body {
	if len(body) == 0 {
		return recording.Body{}
	}
	sum := s.Scrub.Hash()
	sum.Write(body)
	b := recording.Body{Base64: body, Size: int64(len(body)), Digest: fmt.Sprintf("%x", sum.Sum(nil))}
	if len(body) > recording.MaxBody {
		b.Base64, b.Cut = body[:recording.MaxBody], true
	}
	return b
}

// canonical is a header as the recording wants it. The variant tells which case
// went over the wire.
func canonical(header http.Header) map[string][]string {
	all := map[string][]string{}
	for name, values := range header {
		all[textproto.CanonicalMIMEHeaderKey(name)] = values
	}
	return all
}

// reason says in the app developer's terms why there was no answer.
func reason(err error) string {
	var asked *url.Error
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused: nothing listens there"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection cut before the whole answer"
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, os.ErrDeadlineExceeded):
		return "no whole answer in time"
	case errors.As(err, &asked):
		return asked.Err.Error()
	}
	return err.Error()
}
