package novu

import (
	"regexp"
	"slices"
	"strings"
)

// issue is what the dashboard says is wrong with a step's control. A workflow
// with issues is stored, and tried all the same.
type issue struct {
	Message      string `json:"message"`
	IssueType    string `json:"issueType"`
	VariableName string `json:"variableName"`
}

const illegalVariable = "ILLEGAL_VARIABLE_IN_CONTROL_VALUE"

var (
	workflowID     = regexp.MustCompile(`^[a-zA-Z0-9]+(?:[-_.][a-zA-Z0-9]+)*$`)
	workflowStatus = regexp.MustCompile(`^(ACTIVE|INACTIVE|ERROR)$`)
	variablePath   = regexp.MustCompile(`^\s*([a-zA-Z_][\w.\-\[\]]*)`)
	// variableRoots are the namespaces that a step's variables may begin with.
	variableRoots = strings.Fields("payload subscriber context workflow steps actor env tenant")
)

func showIssues(issues []issue) map[string]any {
	return map[string]any{"controls": map[string]any{"body": issues}}
}

// bodyIssues are what is wrong with a chat step's body.
func bodyIssues(st step) []issue {
	if st.typ != "chat" {
		return nil
	}
	body := st.body()
	if strings.TrimSpace(body) == "" {
		return []issue{{Message: "Body is required", IssueType: "MISSING_VALUE", VariableName: "body"}}
	}
	var issues []issue
	if unclosed(body) {
		_, rest, _ := strings.Cut(body, "{{")
		name := "{{" + rest
		return []issue{{Message: `Variable "` + name + `" output "` + name + `" not closed`, IssueType: illegalVariable, VariableName: name}}
	}
	for _, name := range unknownFilters(body) {
		issues = append(issues, issue{
			Message: `Variable "{{}}" undefined filter: ` + name + ",", IssueType: illegalVariable, VariableName: "{{}}",
		})
	}
	for _, output := range liquidOutput.FindAllStringSubmatch(body, -1) {
		path := variablePath.FindStringSubmatch(output[1])
		if path == nil || knownVariable(path[1]) {
			continue
		}
		issues = append(issues, issue{
			Message: `Variable "` + path[1] + `" is not supported`, IssueType: illegalVariable, VariableName: path[1],
		})
	}
	return issues
}

func knownVariable(path string) bool {
	root, _, nested := strings.Cut(path, ".")
	return nested && slices.Contains(variableRoots, root)
}
