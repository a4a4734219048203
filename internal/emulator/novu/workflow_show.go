package novu

import (
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// workflowSchemas are the JSON schemas that a workflow's answer describes its
// steps with, as 3.19 was recorded.
//
//go:embed workflow_schemas.json
var workflowSchemas []byte

type controlSchemas struct {
	DataSchema json.RawMessage `json:"dataSchema"`
	UISchema   json.RawMessage `json:"uiSchema"`
}

type variablesSchema struct {
	Type                 string                     `json:"type"`
	Properties           map[string]json.RawMessage `json:"properties"`
	AdditionalProperties bool                       `json:"additionalProperties"`
}

var (
	stepVariables variablesSchema
	stepControls  = map[string]controlSchemas{}
	otherControls = controlSchemas{
		DataSchema: json.RawMessage(`{"type":"object","properties":{"skip":{"type":"object"}},"additionalProperties":false}`),
		UISchema:   json.RawMessage(`{"properties":{"skip":{"component":"QUERY_EDITOR"}}}`),
	}
)

func init() {
	parts := map[string]json.RawMessage{}
	mustDecode(workflowSchemas, &parts)
	mustDecode(parts["variables"], &stepVariables)
	for name, raw := range parts {
		var controls controlSchemas
		if name != "variables" {
			mustDecode(raw, &controls)
			stepControls[name] = controls
		}
	}
}

func mustDecode(raw []byte, into any) {
	if err := json.Unmarshal(raw, into); err != nil {
		panic("emulator: workflow_schemas.json: " + err.Error()) // it is embedded
	}
}

// slugID is an internal id as it stands in a slug.
func slugID(id string) string {
	raw, err := hex.DecodeString(id)
	if err != nil {
		return id
	}
	return new(big.Int).SetBytes(raw).Text(62)
}

func (s *Server) showStep(w *workflow, st step) map[string]any {
	controls, known := stepControls[st.typ]
	if !known {
		controls = otherControls
	}
	variables := stepVariables
	variables.Properties = maps.Clone(stepVariables.Properties)
	variables.Properties["payload"] = mustEncode(w.schema())
	variables.Properties["context"] = contextVariables(st)
	variables.Properties["steps"] = mustEncode(previousSteps(w, st))
	shown := map[string]any{
		"_id": st.objectID, "stepId": st.id, "slug": st.id + "_st_" + slugID(st.objectID), "name": st.name, "type": st.typ,
		"origin": "novu-cloud", "workflowId": w.Key, "workflowDatabaseId": w.ID, "controlValues": st.controls,
		"controls":  map[string]any{"dataSchema": controls.DataSchema, "uiSchema": controls.UISchema, "values": st.controls},
		"variables": variables,
	}
	if len(st.issues) > 0 {
		shown["issues"] = showIssues(st.issues)
	}
	return shown
}

// contextVariables describes the contexts that a step's body names.
func contextVariables(st step) json.RawMessage {
	named := map[string]map[string]bool{} // by type: the names of the data
	for _, output := range liquidOutput.FindAllStringSubmatch(st.body(), -1) {
		path := strings.Split(strings.TrimSpace(variablePath.FindString(output[1])), ".")
		if len(path) < 3 || path[0] != "context" {
			continue
		}
		if named[path[1]] == nil {
			named[path[1]] = map[string]bool{}
		}
		if len(path) > 3 && path[2] == "data" {
			named[path[1]][path[3]] = true
		}
	}
	var schema map[string]any
	mustDecode(stepVariables.Properties["context"], &schema)
	types := map[string]any{}
	for typ, data := range named {
		fields := map[string]any{}
		for name := range data {
			fields[name] = map[string]any{"type": "string", "default": name}
		}
		types[typ] = map[string]any{
			"type": "object", "required": []string{"id"}, "additionalProperties": false, "properties": map[string]any{
				"id": map[string]any{"type": "string", "description": "Context identifier"},
				"data": map[string]any{
					"type": "object", "properties": fields, "required": nonNil(slices.Sorted(maps.Keys(data))), "additionalProperties": true,
				},
			},
		}
	}
	schema["properties"] = types
	return mustEncode(schema)
}

// previousSteps describes what a step may read of those before it.
func previousSteps(w *workflow, st step) map[string]any {
	object := func(properties map[string]any, required ...string) map[string]any {
		return map[string]any{"type": "object", "properties": properties, "required": nonNil(required), "additionalProperties": false}
	}
	results := map[string]any{}
	for _, before := range w.steps {
		if before.objectID == st.objectID {
			break
		}
		results[before.id] = object(map[string]any{})
		if before.typ == "delay" {
			results[before.id] = object(map[string]any{"duration": map[string]any{"type": "number"}}, "duration")
		}
	}
	schema := object(results)
	schema["description"] = "Previous Steps Results"
	return schema
}

// nonNil makes JSON's [] of no list.
func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func mustEncode(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null") // it came out of a JSON body
	}
	return raw
}

// schema is the payload's, or the one that allows anything.
func (w *workflow) schema() map[string]any {
	if w.payloadSchema != nil {
		return w.payloadSchema
	}
	return map[string]any{"type": "object", "additionalProperties": true, "properties": map[string]any{}}
}

// payloadExample makes an example for the schema's properties.
func (w *workflow) payloadExample() map[string]any {
	example := map[string]any{}
	properties, _ := w.payloadSchema["properties"].(map[string]any)
	for name, raw := range properties {
		property, _ := raw.(map[string]any)
		switch property["type"] {
		case "string":
			example[name] = name
			if name == "name" {
				example[name] = "John Doe"
			}
		case "number", "integer":
			example[name] = 0
		case "boolean":
			example[name] = true
		}
	}
	return example
}

// allChannels are the preferences of a workflow that nobody changed.
func (s *Server) allChannels() map[string]any {
	channels := map[string]any{}
	for _, channel := range s.channels() {
		channels[channel] = map[string]any{"enabled": true}
	}
	return map[string]any{"all": map[string]any{"enabled": true, "readOnly": false}, "channels": channels}
}

func (s *Server) workflowSlug(w *workflow) string {
	return slugify(w.name) + "_wf_" + slugID(w.ID)
}

func (s *Server) author() map[string]any {
	return map[string]any{"_id": s.userID, "firstName": "ada", "lastName": "l"}
}

func (s *Server) showWorkflow(w *workflow) map[string]any {
	steps := []any{}
	for _, st := range w.steps {
		steps = append(steps, s.showStep(w, st))
	}
	var user any
	if w.preferences != nil {
		user = w.preferences
	}
	shown := map[string]any{
		"_id": w.ID, "slug": s.workflowSlug(w), "workflowId": w.Key, "name": w.name, "description": w.description,
		"tags": w.tags, "active": w.active, "status": w.status(), "steps": steps, "origin": "novu-cloud", "severity": w.severity,
		"preferences": map[string]any{"user": user, "default": s.allChannels()}, "updatedBy": s.author(),
		"createdAt": stamp(w.CreatedAt), "updatedAt": stamp(w.UpdatedAt), "lastTriggeredAt": w.triggered, "lastPublishedAt": nil,
		"payloadSchema": w.schema(), "payloadExample": w.payloadExample(), "validatePayload": w.validatePayload, "isTranslationEnabled": false,
	}
	if s.is319() {
		shown["agent"] = nil
	}
	return shown
}

// showListedWorkflow is a workflow in the list: without active and with little of
// its steps.
func (s *Server) showListedWorkflow(w *workflow) map[string]any {
	steps, types := []any{}, []string{}
	for _, st := range w.steps {
		issues := map[string]any{}
		if len(st.issues) > 0 {
			issues = showIssues(st.issues)
		}
		steps = append(steps, map[string]any{"slug": st.id + "_st_" + slugID(st.objectID), "type": st.typ, "issues": issues})
		types = append(types, st.typ)
	}
	return map[string]any{
		"_id": w.ID, "workflowId": w.Key, "slug": s.workflowSlug(w), "name": w.name, "origin": "novu-cloud", "tags": w.tags,
		"updatedAt": stamp(w.UpdatedAt), "createdAt": stamp(w.CreatedAt), "lastPublishedAt": "", "lastPublishedBy": nil,
		"stepTypeOverviews": types, "updatedBy": s.author(), "status": w.status(), "lastTriggeredAt": w.triggered,
		"isTranslationEnabled": false, "steps": steps,
	}
}

func (s *Server) listWorkflows(c *call) *reply {
	values := c.queryValues()
	if refused := c.invalidValues(values,
		optional("limit", atMost(1000), atLeast(1)), optional("offset", atLeast(0)), optional("orderDirection", isIn("ASC", "DESC")),
		optional("orderBy", isIn("createdAt", "updatedAt", "name", "lastTriggeredAt")), optional("query", isString),
	); refused != nil {
		return refused
	}
	for _, status := range c.Query["status"] {
		if refused := c.invalidValues(map[string]any{"status": status}, optional("status",
			matches(workflowStatus, "each value in status must be one of the following values: ACTIVE, INACTIVE, ERROR"))); refused != nil {
			return refused
		}
	}
	offset, limit := 0, 50
	if n, given := c.number("offset"); given {
		offset = int(n)
	}
	if n, given := c.number("limit"); given {
		limit = int(n)
	}
	matching := s.matchingWorkflows(c)
	shown := []any{}
	for _, w := range matching[min(offset, len(matching)):min(offset+limit, len(matching))] {
		shown = append(shown, s.showListedWorkflow(w))
	}
	return ok(map[string]any{"workflows": shown, "totalCount": len(matching)})
}

func (s *Server) matchingWorkflows(c *call) []*workflow {
	query := strings.ToLower(c.Query.Get("query"))
	tagged := func(w *workflow) bool {
		return len(c.Query["tags"]) == 0 || slices.ContainsFunc(w.tags, func(tag any) bool { return slices.Contains(c.Query["tags"], printed(tag)) })
	}
	var matching []*workflow
	for _, w := range s.workflows.rows {
		if strings.Contains(strings.ToLower(w.name+"\n"+w.Key), query) && tagged(w) && c.among("status", w.status()) {
			matching = append(matching, w)
		}
	}
	compare := order[*workflow](c.Query)
	switch c.Query.Get("orderBy") {
	case "name", "lastTriggeredAt":
		direction := -1
		if strings.EqualFold(c.Query.Get("orderDirection"), "ASC") {
			direction = 1
		}
		key := func(w *workflow) string { return w.name }
		if c.Query.Get("orderBy") == "lastTriggeredAt" {
			key = func(w *workflow) string { return string(mustEncode(w.triggered)) }
		}
		compare = func(a, b *workflow) int { return direction * strings.Compare(key(a), key(b)) }
	}
	slices.SortStableFunc(matching, compare)
	return matching
}
