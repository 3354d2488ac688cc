"""What a flow may refer to outside itself."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Known:
    """Names of queues, skills and departments (of the directory) and of the system's own prompts."""

    queues: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    prompts: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def anything(cls, prompts: frozenset[str]) -> "Known":
        """Return what is known where there is no directory: any queue, skill and department may be named."""
        every = _Everything()
        return cls(every, every, every, prompts)


class _Everything(frozenset[str]):
    """Holds whatever it is asked for."""

    def __contains__(self, name: object) -> bool:
        return True
