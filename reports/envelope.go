package reports

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
)

// payloadType is the envelope's, as in-toto has it.
const payloadType = "application/vnd.in-toto+json"

// envelope is certificate.json: a DSSE envelope, and the digest of its content,
// by which a change shows where nobody signed.
type envelope struct {
	dsse.Envelope
	SHA256 string `json:"sha256"`
}

// enclose puts a statement into an envelope, signed where there is a key.
func enclose(payload []byte, k *Key) ([]byte, error) {
	e := envelope{SHA256: digest(payload), Envelope: dsse.Envelope{
		PayloadType: payloadType, Payload: base64.StdEncoding.EncodeToString(payload), Signatures: []dsse.Signature{},
	}}
	if k == nil {
		return e.text()
	}
	signer, err := dsse.NewEnvelopeSigner(k.pair)
	if err != nil {
		return nil, err
	}
	signed, err := signer.SignPayload(context.Background(), payloadType, payload)
	if err != nil {
		return nil, err
	}
	e.Envelope = *signed
	return e.text()
}

func (e *envelope) text() ([]byte, error) {
	var b bytes.Buffer
	err := encode(&b, e)
	return b.Bytes(), err
}

// disclose reads an envelope that is spelled as enclose spells it, to the byte.
func disclose(text []byte) (*envelope, []byte, error) {
	e := &envelope{}
	if err := json.Unmarshal(text, e); err != nil {
		return nil, nil, fmt.Errorf("no DSSE envelope: %w", err)
	}
	payload, err := base64.StdEncoding.DecodeString(e.Payload)
	if err != nil {
		return nil, nil, errors.New("its content is not in base64")
	}
	respelled, err := e.text()
	if err != nil {
		return nil, nil, err
	}
	if !bytes.Equal(respelled, text) || e.PayloadType != payloadType || !e.even() {
		return nil, nil, errors.New("changed: it is not spelled as golive spells it")
	}
	if e.SHA256 != digest(payload) {
		return nil, nil, errors.New("changed: its content does not match its digest")
	}
	return e, payload, nil
}

// even reports whether content and signatures are in base64 that has one
// spelling: a decoder passes over spare bits and line feeds.
func (e *envelope) even() bool {
	texts := []string{e.Payload}
	for _, s := range e.Signatures {
		texts = append(texts, s.Sig)
	}
	return !slices.ContainsFunc(texts, func(text string) bool {
		raw, err := base64.StdEncoding.DecodeString(text)
		return err != nil || base64.StdEncoding.EncodeToString(raw) != text
	})
}

// signedBy verifies that the envelope bears one signature, of the signer that
// its content names; none where it names none.
func (e *envelope) signedBy(s *Signer) error {
	if s == nil {
		if len(e.Signatures) != 0 {
			return errors.New("it bears a signature and names no signer")
		}
		return nil
	}
	k, err := keyOf(s.Public)
	if err != nil {
		return err
	}
	if len(e.Signatures) != 1 || e.Signatures[0].KeyID != s.KeyID || k.ID != s.KeyID {
		return fmt.Errorf("it does not bear the one signature of the key it names, %s", s.KeyID)
	}
	verifier, err := dsse.NewEnvelopeVerifier(k.pair)
	if err != nil {
		return err
	}
	if _, err := verifier.Verify(context.Background(), &e.Envelope); err != nil {
		return errors.New("the signature does not match")
	}
	return nil
}
