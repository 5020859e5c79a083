package proxy

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"github.com/anton-payments/golive/proxy/recording"
)

// problem is an error body in Anton's form whose words say that it is ours.
func problem(code, message string) []byte {
	var body struct {
		Error struct {
			Message string `json:"message"`
			Code    string `json:"code"`
		} `json:"error"`
	}
	body.Error.Message, body.Error.Code = message, code
	out, err := json.Marshal(body)
	if err != nil {
		panic("proxy: a problem of strings alone: " + err.Error())
	}
	return out
}

func asJSON() http.Header { return http.Header{"Content-Type": {"application/json"}} }

// answer gives the app an answer of ours, recorded first.
func (x *exchange) answer(status int, header http.Header, body []byte) *http.Response {
	resp := own(status, header, body)
	x.record.Response = response(status, resp.Header, recording.Body{})
	if !bodiless(x.record.Request.Method, resp) {
		x.got.take(body)
	}
	x.got.end()
	return x.sealed(resp)
}

// unwritable tells the app that there is no recording any more, and therefore
// no answer.
func (x *exchange) unwritable() *http.Response {
	x.written, x.stream, x.abort = true, false, false
	return own(http.StatusBadGateway, asJSON(), problem("recording_failed", "golive: the recording cannot be written, so nothing is delivered; see golive's own output"))
}

// own is an answer made here. The server adds the date.
func own(status int, header http.Header, body []byte) *http.Response {
	if header.Get("Content-Type") == "" {
		header["Content-Type"] = nil
	}
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)),
	}
}
