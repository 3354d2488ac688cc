"""What a flow may refer to outside itself."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Known:
    """Names of queues, skills and departments (of the directory) and of the system's own prompts."""

    queues: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    prompts: frozenset[str] = field(default_factory=frozenset)
