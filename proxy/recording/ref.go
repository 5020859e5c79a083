package recording

// Ref of each kind of evidence, as findings name it.
func (x *Exchange) Ref() string    { return x.ID }
func (d *Delivery) Ref() string    { return d.ID }
func (h *Handshake) Ref() string   { return h.ID }
func (m *Mark) Ref() string        { return m.ID }
func (f *Finding) Ref() string     { return f.Place }
func (a *Attestation) Ref() string { return "attest:" + a.Check }
func (c *Certificate) Ref() string { return "certificate" }

// Status is the answer's status, 0 when the app saw none.
func (x *Exchange) Status() int {
	if x.Response == nil {
		return 0
	}
	return x.Response.Status
}

// Status is the answer's status, 0 when there was none.
func (d *Delivery) Status() int {
	if d.Response == nil {
		return 0
	}
	return d.Response.Status
}
