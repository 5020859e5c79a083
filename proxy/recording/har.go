package recording

import "encoding/json"

// HTTP Archive 1.2, as browsers' developer tools write and read it. What it has
// no member for stands in members that begin with "_", which its readers pass
// over.

// RouteHAR is Open.Route of a recording that was read from a HAR file: how the
// app met Anton is not known.
const RouteHAR = "har"

// Imported is Close.Reason of a recording that was read from a HAR file.
const Imported = "imported"

type harLog struct {
	Version string     `json:"version"`
	Creator harCreator `json:"creator"`
	Pages   []struct{} `json:"pages"`
	Entries []harEntry `json:"entries"`
	Comment string     `json:"comment,omitempty"`
	Run     *harRun    `json:"_golive,omitempty"`
}

type harCreator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// harRun is what a run says about itself.
type harRun struct {
	Open
	Ended string `json:"ended"`
}

type harEntry struct {
	Started    string      `json:"startedDateTime"`
	Time       float64     `json:"time"` // ms
	Request    harRequest  `json:"request"`
	Response   harResponse `json:"response"`
	Cache      struct{}    `json:"cache"`
	Timings    harTimings  `json:"timings"`
	Connection string      `json:"connection,omitempty"`
	Comment    string      `json:"comment,omitempty"`

	ID        string        `json:"_id,omitempty"`
	Operation string        `json:"_operation,omitempty"`
	Exercise  Exercise      `json:"_exercise,omitempty"`
	Fault     *Interference `json:"_fault,omitempty"`
	Upstream  *harResponse  `json:"_upstream,omitempty"` // what Anton answered where the app saw something else
	Sends     int           `json:"_sends,omitempty"`
	Error     string        `json:"_error,omitempty"`
	Delivery  *harDelivery  `json:"_delivery,omitempty"` // set: a webhook request to the app

	FromCache any `json:"_fromCache,omitempty"` // Chrome's: nothing was sent
}

type harDelivery struct {
	Variant   Variant `json:"variant"`
	EventID   string  `json:"event_id"`
	EventType string  `json:"event_type"`
	Claims    string  `json:"claims,omitempty"`
	Payout    string  `json:"payout,omitempty"`
}

type harRequest struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	Version     string    `json:"httpVersion"`
	Cookies     []harPair `json:"cookies"`
	Headers     []harPair `json:"headers"`
	Query       []harPair `json:"queryString"`
	PostData    *harPost  `json:"postData,omitempty"`
	HeadersSize int64     `json:"headersSize"`
	BodySize    int64     `json:"bodySize"`
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harPost struct {
	Mime     string    `json:"mimeType"`
	Text     string    `json:"text"`
	Params   []harPair `json:"params,omitempty"`    // read where there is no text
	Encoding string    `json:"_encoding,omitempty"` // "base64"
	Digest   string    `json:"_digest,omitempty"`
	Cut      bool      `json:"_cut,omitempty"`
}

type harResponse struct {
	Status      int        `json:"status"` // 0: no answer
	StatusText  string     `json:"statusText"`
	Version     string     `json:"httpVersion"`
	Cookies     []harPair  `json:"cookies"`
	Headers     []harPair  `json:"headers"`
	Content     harContent `json:"content"`
	RedirectURL string     `json:"redirectURL"`
	HeadersSize int64      `json:"headersSize"`
	BodySize    int64      `json:"bodySize"`
	Error       string     `json:"_error,omitempty"` // Chrome's: why there is none
}

type harContent struct {
	Size        int64  `json:"size"`
	Compression int64  `json:"compression,omitempty"`
	Mime        string `json:"mimeType"`
	Text        string `json:"text,omitempty"`
	Encoding    string `json:"encoding,omitempty"` // "base64"
	Digest      string `json:"_digest,omitempty"`
	Cut         bool   `json:"_cut,omitempty"`
}

type harTimings struct {
	Blocked harMS `json:"blocked"`
	DNS     harMS `json:"dns"`
	Connect harMS `json:"connect"`
	SSL     harMS `json:"ssl"` // part of connect
	Send    harMS `json:"send"`
	Wait    harMS `json:"wait"`
	Receive harMS `json:"receive"`
}

// harMS is a time in ms; -1 where it does not apply. Some write null.
type harMS float64

func (m *harMS) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*m = -1
		return nil
	}
	return json.Unmarshal(text, (*float64)(m))
}
