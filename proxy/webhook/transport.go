package webhook

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/anton-payments/golive/proxy/recording"
)

// Owner tells which operation and exercise a delivery belongs to; empty: none
// known.
type Owner = func(body []byte) (operation string, exercise recording.Exercise)

// Transport carries the sandbox's own deliveries to the app through next, and
// records each with its answer as genuine. The answer is read to its end before
// it is handed on. A delivery that cannot be recorded is an error to the
// sandbox.
func (s *Sender) Transport(next http.RoundTripper, owner Owner) http.RoundTripper {
	return carrier{s, next, owner}
}

type carrier struct {
	sender *Sender
	next   http.RoundTripper
	owner  Owner
}

func (c carrier) RoundTrip(request *http.Request) (*http.Response, error) {
	var body []byte
	if request.Body != nil {
		var err error
		body, err = io.ReadAll(request.Body)
		request.Body.Close()
		if err != nil {
			return nil, fmt.Errorf("delivery's body: %w", err)
		}
	}
	outgoing := request.Clone(request.Context())
	outgoing.Body, outgoing.ContentLength = http.NoBody, 0
	if len(body) > 0 {
		outgoing.Body, outgoing.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	delivery := c.sender.begin(outgoing, body)
	if c.owner != nil {
		delivery.Operation, delivery.Exercise = c.owner(body)
	}
	response, err := c.next.RoundTrip(outgoing)
	if err == nil {
		err = c.take(delivery, response)
	}
	c.sender.finish(delivery, err)
	if failed := c.sender.record(delivery); failed != nil {
		return nil, failed
	}
	if err != nil {
		return nil, err
	}
	return response, nil
}

// take reads the answer for the recording, and gives it back to be read again.
func (c carrier) take(d *recording.Delivery, response *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(response.Body, recording.MaxBody+1))
	response.Body.Close()
	d.Response = &recording.Response{Status: response.StatusCode, Header: response.Header, Body: c.sender.kept(body)}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return err
}
