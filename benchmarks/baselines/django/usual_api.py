"""REST framework's serializers over entities and their relations."""

from __future__ import annotations

from bench.blog.cursor import decode_cursor, encode_cursor
from bench.blog.models import Post
from bench.users.models import User
from django.db.models import Q
from django.urls import path
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response


class AuthorSerializer(serializers.ModelSerializer):
    """An author."""

    class Meta:
        """What is shown."""

        model = User
        fields = ("id", "name")


class PostSerializer(serializers.ModelSerializer):
    """A post with its author and tags."""

    author = AuthorSerializer()
    tags = serializers.SlugRelatedField("name", many=True, read_only=True)

    class Meta:
        """What is shown."""

        model = Post
        fields = ("id", "title", "body", "published_at", "author", "tags")

    def to_representation(self, post: Post) -> dict[str, object]:
        """Sort the tags, as the others do."""
        shown = super().to_representation(post)
        shown["tags"] = sorted(shown["tags"])
        return shown


class Posts(GenericAPIView):
    """The list, newest first."""

    queryset = Post.objects.select_related("author").prefetch_related("tags")
    serializer_class = PostSerializer

    def get(self, request: Request) -> Response:
        """Return a page."""
        limit = int(request.query_params.get("limit", 20))
        posts = self.get_queryset().order_by("-published_at", "-id")
        if after := request.query_params.get("after"):
            moment, post_id = decode_cursor(after)
            older = Q(published_at__lt=moment) | Q(published_at=moment, id__lt=post_id)
            posts = posts.filter(older)
        page = list(posts[: limit + 1])
        more, page = len(page) > limit, page[:limit]
        following = encode_cursor(page[-1].published_at, page[-1].id) if more else None
        return Response({"items": self.get_serializer(page, many=True).data, "next": following})


urlpatterns = [path("api/posts", Posts.as_view())]
