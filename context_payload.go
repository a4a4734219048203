package novu

import (
	"encoding/json"
	"slices"
)

// ContextPayload says which customer, and which of the customer's things, a resource or an event
// belongs to: a value for each context type, at most five. "tenant" is the usual type. A
// notification reaches only endpoints, and those only through connections, that have exactly the
// same set.
type ContextPayload map[string]ContextValue

// ContextValue is the id of a context and the data to store with it. Novu creates contexts as they
// are mentioned. For a context that exists, a trigger replaces its data and a connection does not.
// Type and id are letters of either case, digits, - and _, up to 100 of them.
type ContextValue struct {
	ID   string
	Data map[string]any
}

// MarshalJSON returns the bare id where there is no data.
func (v ContextValue) MarshalJSON() ([]byte, error) {
	if v.Data == nil {
		return json.Marshal(v.ID)
	}
	return json.Marshal(struct {
		ID   string         `json:"id"`
		Data map[string]any `json:"data"`
	}{v.ID, v.Data})
}

// UnmarshalJSON reads a bare id or an object with id and data.
func (v *ContextValue) UnmarshalJSON(data []byte) error {
	*v = ContextValue{}
	if json.Unmarshal(data, &v.ID) == nil {
		return nil
	}
	var wire struct {
		ID   string         `json:"id"`
		Data map[string]any `json:"data"`
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*v = ContextValue(wire)
	return nil
}

// Keys returns the contexts as Novu stores and filters them, "tenant:acme",
// sorted.
func (p ContextPayload) Keys() []string {
	keys := make([]string, 0, len(p))
	for kind, value := range p {
		keys = append(keys, kind+":"+value.ID)
	}
	slices.Sort(keys)
	return keys
}
